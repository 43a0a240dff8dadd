"""Effective conductivity of phases with conductivities of their own, on voxels of any edges, with periodic sides."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Float64, UInt8
from .conductance import Conductances, harmonic_means, join_phases
from .currents import flux_field, measure, throughput
from .lattice import Lattice
from .layout import scales_along
from .result import DiffusionResult
from .rounds import FLUX_SPREAD, MAX_ITERATIONS, TOLERANCE, settle
from .voxels import scales_of

if TYPE_CHECKING:
    from .layout import Wraps


def solve_phases(
    phases: UInt8,
    conductivity: Float64,
    axis: int,
    *,
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
    periodic: Wraps = (False, False, False),
    mean: float | None = None,
    tolerance: float = TOLERANCE,
    flux_spread: float = FLUX_SPREAD,
    max_iterations: int = MAX_ITERATIONS,
    keep_throughput: bool = False,
    keep_fields: bool = False,
) -> DiffusionResult:
    """Solve for steady conduction along ``axis`` through voxels whose phase (uint8[z, y, x]) has ``conductivity[phase]``.

    The face between two voxels conducts as their halves do in series (the harmonic mean). The potential is fixed on the
    outer faces of the axis, half a voxel outside the centres of the first and last layer, or falls by 1 from each
    period to the next where the axis is ``periodic``; sides along the other axes are joined where those are, else
    nothing passes them. ``edges`` are those of a voxel along z, y, x, in any unit; ``mean`` is the mean conductivity
    of the volume, where the caller has replaced by zeros what does not span. Every voxel that conducts must span.
    """
    turned = np.ascontiguousarray(np.swapaxes(phases, 0, axis))
    turns = list(periodic)
    turns[0], turns[axis] = periodic[axis], periodic[0]
    wraps: Wraps = (turns[0], turns[1], turns[2])
    largest = float(conductivity.max())
    scales = scales_of(scales_along(axis, edges))
    cells = join_phases(turned, harmonic_means(conductivity / largest), scales, wraps)
    counts = np.bincount(phases.ravel(), minlength=len(conductivity))
    conducting = int(counts[conductivity > 0.0].sum())
    potential = np.zeros(turned.shape, np.float32)
    found = settle(
        Lattice.of_cells(cells, wraps),
        functools.partial(measure, *cells),
        potential,
        tolerance=tolerance,
        flux_spread=flux_spread,
        max_iterations=max_iterations,
        axis=axis,
    )
    # phases side by side conduct as much as there is of them: rounding must not make it more
    most = float(counts @ conductivity) / phases.size
    result = DiffusionResult(
        relative_diffusivity=min(found.energy * largest / phases.size, most) if found.converged else float("nan"),
        fraction=most if mean is None else mean,
        spanning_fraction=conducting / phases.size,
        converged=found.converged,
        iterations=found.iterations,
        remainder=found.remainder,
        flux_spread=found.flux_spread,
        plane_fluxes=found.fluxes * (largest * len(turned) / phases.size),
        throughput=_throughput(cells, potential, conducting, axis) if keep_throughput else None,
    )
    return result
