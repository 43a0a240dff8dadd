"""Effective diffusivity of a phase: Laplace's equation in its voxels."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32
from ..components import components, select
from .flux import count_contacts, measure, throughput
from .lattice import Lattice
from .layout import scales_along
from .network import Network
from .result import DiffusionResult
from .rounds import FLUX_SPREAD, MAX_ITERATIONS, TOLERANCE, Solver, settle
from .voxels import scales_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .layout import Scales

_SPARSE = 2.45
"""Mean number of neighbours below which a phase is solved as a network of resistors. White noise just
above the percolation threshold has 2.2 to 2.4, its components being ragged; smooth pores have 4 to 6."""


def solve_diffusion(
    mask: NDArray[np.bool_],
    axis: int,
    *,
    spanning: NDArray[np.bool_] | None = None,
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
    tolerance: float = TOLERANCE,
    flux_spread: float = FLUX_SPREAD,
    max_iterations: int = MAX_ITERATIONS,
    keep_throughput: bool = False,
) -> DiffusionResult:
    """Solve for steady diffusion through ``mask`` (bool[z, y, x]) along ``axis``.

    Voxels of equal conductivity exchange through shared faces; the potential is fixed on the two outer
    faces of the axis, half a voxel outside the centres of the first and last layer; nothing passes the
    other sides. Components that do not touch both faces are left out first. ``spanning`` is the rest, where
    the caller has it. ``edges`` are those of a voxel along z, y, x, in any unit.

    The relative diffusivity comes from the energy of the solution, whose error is the square of that of
    the potential. A solution is taken when the estimated remainder of the energy is below ``tolerance``
    and the fluxes through all planes across the axis agree within ``flux_spread``.
    """
    if spanning is None:
        clusters = components(mask)
        spanning = select(mask, clusters, clusters.spans(axis))
    conducting = int(np.count_nonzero(spanning))
    fraction = int(np.count_nonzero(mask)) / mask.size
    if conducting == 0:
        return DiffusionResult(
            0.0, fraction, 0.0, converged=True, iterations=0, remainder=0.0, flux_spread=0.0, plane_fluxes=np.zeros(1)
        )

    grid = np.ascontiguousarray(np.swapaxes(spanning, 0, axis)).view(np.uint8)
    grid.flags.writeable = False  # as along axis 0: kernels compile anew for arrays that may be written
    potential = np.zeros(grid.shape, np.float32)
    contacts, energy = count_contacts(grid)
    sparse = 2 * contacts < _SPARSE * conducting
    scales = scales_along(axis, edges)
    solver: Solver = Network.build(grid, scales) if sparse else Lattice.build(grid, scales)
    found = settle(
        solver,
        functools.partial(measure, scales_of(scales), grid),
        potential,
        energy=energy,
        tolerance=tolerance,
        flux_spread=flux_spread,
        max_iterations=max_iterations,
        axis=axis,
    )
    return DiffusionResult(
        # straight channels conduct as much as there is of them: rounding must not make it more
        relative_diffusivity=min(found.energy, conducting) / grid.size if found.converged else float("nan"),
        fraction=fraction,
        spanning_fraction=conducting / mask.size,
        converged=found.converged,
        iterations=found.iterations,
        remainder=found.remainder,
        flux_spread=found.flux_spread,
        plane_fluxes=found.fluxes * len(grid) / grid.size,
        throughput=_throughput(grid, potential, scales, conducting, axis) if keep_throughput else None,
    )


def _throughput(grid: NDArray[np.uint8], potential: Float32, scales: Scales, conducting: int, axis: int) -> Float32:
    flow = throughput(scales_of(scales), grid, potential)
    flow *= conducting / flow.sum(dtype=np.float64)
    return np.swapaxes(flow, 0, axis)
