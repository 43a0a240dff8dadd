"""Effective diffusivity of a phase: Laplace's equation in its voxels."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .....array_types import Float32
from ..components import components, select
from .flux import count_contacts, measure, throughput
from .lattice import Lattice
from .network import Network
from .result import DiffusionResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .stopping import Progress


log = logging.getLogger(__name__)

TOLERANCE = 3e-5
"""Estimated relative error of the energy at which a solution is taken, before the estimate is subtracted."""
FLUX_SPREAD = 2e-2
"""Largest (max - min) / mean of the plane fluxes in a solution."""
MAX_ITERATIONS = 500
_ROUNDS = 4
"""Times that the problem is solved anew for what rounding and early stopping left."""
_SHARPER = 0.1
"""Factor by which the tolerance falls from round to round."""
_SPARSE = 2.45
"""Mean number of neighbours below which a phase is solved as a network of resistors. White noise just
above the percolation threshold has 2.2 to 2.4, its components being ragged; smooth pores have 4 to 6."""


class _Solver(Protocol):
    def improve(self, potential: Float32, energy: float, tolerance: float, max_iterations: int) -> Progress:
        """Bring the energy of a potential within the tolerance of its minimum."""


def solve_diffusion(
    mask: NDArray[np.bool_],
    axis: int,
    *,
    spanning: NDArray[np.bool_] | None = None,
    tolerance: float = TOLERANCE,
    flux_spread: float = FLUX_SPREAD,
    max_iterations: int = MAX_ITERATIONS,
    keep_throughput: bool = False,
) -> DiffusionResult:
    """Solve for steady diffusion through ``mask`` (bool[z, y, x]) along ``axis``.

    Voxels of equal conductivity exchange through shared faces; the potential is fixed on the two outer
    faces of the axis, half a voxel outside the centres of the first and last layer; nothing passes the
    other sides. Components that do not touch both faces are left out first. ``spanning`` is the rest, where
    the caller has it.

    The relative diffusivity comes from the energy of the solution, whose error is the square of that of
    the potential. A solution is taken when the estimated remainder of the energy is below ``tolerance``
    and the fluxes through all planes across the axis agree within ``flux_spread``.
    """
    if spanning is None:
        found = components(mask)
        spanning = select(mask, found, found.spans(axis))
    conducting = int(np.count_nonzero(spanning))
    fraction = int(np.count_nonzero(mask)) / mask.size
    if conducting == 0:
        return DiffusionResult(
            0.0, fraction, 0.0, converged=True, iterations=0, remainder=0.0, flux_spread=0.0, plane_fluxes=np.zeros(1)
        )

    grid = np.ascontiguousarray(np.swapaxes(spanning, 0, axis)).view(np.uint8)
    grid.flags.writeable = False  # as along axis 0: kernels compile anew for arrays that may be written
    planes = grid.shape[0]
    potential = np.zeros(grid.shape, np.float32)
    fluxes = np.zeros(planes + 1, np.float64)
    energy = measure(grid, potential, fluxes)
    sparse = 2 * count_contacts(grid) < _SPARSE * conducting
    solver: _Solver = Network.build(grid) if sparse else Lattice.build(grid)

    iterations, remainder, spread = 0, float("inf"), float("inf")
    converged = False
    for number in range(_ROUNDS):
        progress = solver.improve(potential, energy, tolerance * _SHARPER**number, max_iterations - iterations)
        iterations += progress.iterations
        energy = measure(grid, potential, fluxes)
        remainder = progress.remainder / energy
        spread = float(np.ptp(fluxes) / fluxes.mean())
        converged = progress.settled and spread <= flux_spread
        if converged or iterations >= max_iterations:
            break
    if not converged:
        log.warning(
            "diffusion along axis %d did not converge in %d iterations: remainder %.1e, flux spread %.1e",
            axis,
            iterations,
            remainder,
            spread,
        )
    return DiffusionResult(
        # straight channels conduct as much as there is of them: rounding must not make it more
        relative_diffusivity=min(energy * (1.0 - remainder), conducting) / grid.size if converged else float("nan"),
        fraction=fraction,
        spanning_fraction=conducting / mask.size,
        converged=converged,
        iterations=iterations,
        remainder=remainder,
        flux_spread=spread,
        plane_fluxes=fluxes * planes / grid.size,
        throughput=_throughput(grid, potential, conducting, axis) if keep_throughput else None,
    )


def _throughput(grid: NDArray[np.uint8], potential: Float32, conducting: int, axis: int) -> Float32:
    flow = throughput(grid, potential)
    flow *= conducting / flow.sum(dtype=np.float64)
    return np.swapaxes(flow, 0, axis)
