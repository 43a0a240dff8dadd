"""Effective conductivity of phases with conductivities of their own, on voxels of any edges, with periodic sides."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Float64, Mask, UInt8
from .conductance import count_phases, harmonic_means, join_phases
from .currents import flux_field, measure, throughput
from .lattice import Lattice
from .layout import scales_along
from .result import DiffusionResult
from .rounds import FLUX_SPREAD, MAX_ITERATIONS, TOLERANCE, settle
from .voxels import scales_of

if TYPE_CHECKING:
    from .conductance import Conductances
    from .layout import Wraps


_HARD = 1e-6
"""Tolerance where conductivities differ by more than ``_CONTRAST``: steps gain less, and estimates are worse."""
_CONTRAST = 3.0


def tolerance_of(conductivity: Float64, usual: float) -> float:
    """The tolerance for phases of these conductivities, some of which may be 0."""
    conducts = conductivity[conductivity > 0.0]
    return min(usual, _HARD) if conducts.max() > _CONTRAST * conducts.min() else usual


def solve_phases(
    phases: UInt8,
    conductivity: Float64,
    axis: int,
    *,
    spanning: Mask,
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
    periodic: Wraps = (False, False, False),
    tolerance: float | None = None,
    flux_spread: float = FLUX_SPREAD,
    max_iterations: int = MAX_ITERATIONS,
    keep_throughput: bool = False,
    keep_fields: bool = False,
) -> DiffusionResult:
    """Solve for steady conduction along ``axis`` through voxels whose phase (uint8[z, y, x]) has ``conductivity[phase]``.

    The face between two voxels conducts as their halves do in series (the harmonic mean). The potential is fixed on the
    outer faces of the axis, half a voxel outside the centres of the first and last layer, or falls by 1 from each
    period to the next where the axis is ``periodic``; sides along the other axes are joined where those are, else
    nothing passes them. ``edges`` are those of a voxel along z, y, x, in any unit. Voxels that are not ``spanning``,
    in clusters through which something flows, are left out.
    """
    number = len(conductivity)
    counts, through = np.zeros((2, number), np.int64)
    count_phases(phases, spanning.view(np.uint8), counts, through)
    # what does not span gets a number of its own that does not conduct
    turned = np.swapaxes(np.where(spanning, phases, np.uint8(number)), 0, axis)
    grid = np.ascontiguousarray(turned)
    mean, most = (float(of @ conductivity) / phases.size for of in (counts, through))
    conducting = int(through[conductivity > 0.0].sum())
    if conducting == 0:
        return DiffusionResult(
            0.0, mean, 0.0, converged=True, iterations=0, remainder=0.0, flux_spread=0.0, plane_fluxes=np.zeros(1)
        )

    turns = list(periodic)
    turns[0], turns[axis] = periodic[axis], periodic[0]
    wraps: Wraps = (turns[0], turns[1], turns[2])
    largest = float(conductivity[through > 0].max())
    scales = scales_of(scales_along(axis, edges))
    cells = join_phases(grid, harmonic_means(np.append(conductivity, 0.0) / largest), scales, wraps)
    potential = np.zeros(grid.shape, np.float32)
    found = settle(
        Lattice.of_cells(cells, wraps),
        functools.partial(measure, *cells),
        potential,
        tolerance=tolerance_of(conductivity[through > 0], TOLERANCE) if tolerance is None else tolerance,
        flux_spread=flux_spread,
        max_iterations=max_iterations,
        axis=axis,
    )
    return DiffusionResult(
        # phases side by side conduct as much as there is of them: rounding must not make it more
        relative_diffusivity=min(found.energy * largest / phases.size, most) if found.converged else float("nan"),
        fraction=mean,
        spanning_fraction=conducting / phases.size,
        converged=found.converged,
        iterations=found.iterations,
        remainder=found.remainder,
        flux_spread=found.flux_spread,
        plane_fluxes=found.fluxes * (largest * len(grid) / phases.size),
        throughput=_throughput(cells, potential, conducting, axis) if keep_throughput else None,
        deviation=np.swapaxes(potential, 0, axis) if keep_fields else None,
        flux=_flux(cells, potential, scales, largest, axis) if keep_fields else None,
    )


def _throughput(cells: Conductances, potential: Float32, conducting: int, axis: int) -> Float32:
    flow = throughput(*cells, potential)
    flow *= conducting / flow.sum(dtype=np.float64)
    return np.swapaxes(flow, 0, axis)


def _flux(
    cells: Conductances, potential: Float32, scales: tuple[np.float32, ...], largest: float, axis: int
) -> Float32:
    """Flux along z, y, x from the flow through the faces across the axes as they were turned."""
    flows = flux_field(*cells, potential)
    flows *= np.array([largest / float(scale) ** 0.5 for scale in scales], np.float32)[:, None, None, None]
    order = [0, 1, 2]
    order[0], order[axis] = axis, 0
    return np.swapaxes(flows[order], 1, 1 + axis)
