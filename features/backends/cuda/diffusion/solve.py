"""Effective diffusivity of a phase: Laplace's equation in its voxels, a batch of volumes at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .....array_types import Float64
from ...cpu.diffusion.result import DiffusionResult
from ..kernels import kernel
from .gradients import Lattice
from .rescue import rescue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..device import Device


_MEASURE = kernel(__file__, "measure", file="measure.cu")
_THROUGHPUT = kernel(__file__, "throughput", file="throughput.cu")

TOLERANCE = 1e-5
"""Estimated relative error of the energy at which a solution is taken, before the estimate is subtracted. A third
of the CPU's: where it is off most, both are within 5e-5 of the truth, and a step costs a device next to nothing."""
SPARSE_TOLERANCE = 1e-6
"""The same for a phase of few neighbours, where steps gain little and estimates are worse."""
FLUX_SPREAD = 2e-2
"""Largest (max - min) / mean of the plane fluxes in a solution."""
MAX_ITERATIONS = 1000
_ROUNDS = 4
"""Times that the problem is solved anew for what rounding and early stopping left."""
_SHARPER = 0.1
"""Factor by which the tolerance falls from round to round."""
_SPARSE = 2.45
"""Mean number of neighbours below which a phase is sparse: white noise just above the percolation threshold has
2.2 to 2.4, smooth pores have 4 to 6."""
_LANES = 128
"""Threads that measure a plane."""


@dataclass(eq=False)
class _Found:
    """Results of the rounds for each volume of a batch, on the host."""

    energy: Float64
    fluxes: Float64
    remainder: Float64
    spread: Float64
    iterations: NDArray[np.int64]
    converged: NDArray[np.bool_]


def solve_diffusion(
    device: Device,
    masks: Any,
    axis: int,
    *,
    spanning: Any,
    tolerance: float = TOLERANCE,
    flux_spread: float = FLUX_SPREAD,
    max_iterations: int = MAX_ITERATIONS,
    keep_throughput: bool = False,
    rescued: bool = True,
) -> list[DiffusionResult]:
    """Solve for steady diffusion through each of ``masks`` (bool[batch, z, y, x]) along ``axis``.

    The problem is that of the CPU twin: voxels of equal conductivity exchange through shared faces; the potential
    is fixed on the two outer faces of the axis, half a voxel outside the centres of the first and last layer;
    nothing passes the other sides. ``spanning`` are the voxels in components that touch both faces of the axis.

    The relative diffusivity comes from the energy of the solution, whose error is the square of that of
    the potential. A solution is taken when the estimated remainder of the energy is below ``tolerance``
    and the fluxes through all planes across the axis agree within ``flux_spread``. A volume that does not
    come to that in ``max_iterations`` is solved on the CPU; where it is not to be ``rescued`` the relative
    diffusivity is NaN, and ``converged`` says so.
    """
    xp, size = device.xp, int(np.prod(masks.shape[1:]))
    counts = device.download(*(xp.count_nonzero(of, axis=(1, 2, 3)) for of in (masks, spanning)))
    present, conducting = (np.asarray(count, np.int64) for count in counts)
    results = [_nothing(int(number) / size) for number in present]
    work = np.flatnonzero(conducting)
    if not len(work):
        return results

    turned = spanning if len(work) == len(conducting) else spanning[device.upload(work)]
    lattice = Lattice.build(device, xp.swapaxes(turned, 1, 1 + axis))
    potential = lattice.grid.zeros(device)
    found = _solve(lattice, potential, conducting[work], tolerance, flux_spread, max_iterations)
    flows = _flows(lattice, potential, conducting[work], axis) if keep_throughput else [None] * len(work)
    for place, volume in enumerate(work):
        converged = bool(found.converged[place])
        energy = found.energy[place] * (1.0 - found.remainder[place])
        results[volume] = DiffusionResult(
            # straight channels conduct as much as there is of them: rounding must not make it more
            relative_diffusivity=float(min(energy, conducting[volume])) / size if converged else float("nan"),
            fraction=int(present[volume]) / size,
            spanning_fraction=int(conducting[volume]) / size,
            converged=converged,
            iterations=int(found.iterations[place]),
            remainder=float(found.remainder[place]),
            flux_spread=float(found.spread[place]),
            plane_fluxes=found.fluxes[place] * lattice.grid.shape[0] / size,
            throughput=flows[place],
        )
        if rescued and not converged:
            results[volume] = rescue(
                device, masks[volume], spanning[volume], axis, keep_throughput=keep_throughput, tried=results[volume]
            )
    return results


def bytes_needed(shape: tuple[int, int, int]) -> int:
    """Memory of the device that one volume of that shape takes while it is solved."""
    padded = int(np.prod([length + 2 for length in shape]))
    # potential, u, r, z, p, the direction before, q and the sum of two; grid, degree; coarse levels: 6 arrays
    return padded * (9 * 4 + 2) + padded * 6 * 4 // 7 + 2**20


def _nothing(fraction: float) -> DiffusionResult:
    """The result of a volume of which nothing spans."""
    return DiffusionResult(
        0.0, fraction, 0.0, converged=True, iterations=0, remainder=0.0, flux_spread=0.0, plane_fluxes=np.zeros(1)
    )


def _solve(
    lattice: Lattice,
    potential: Any,
    conducting: NDArray[np.int64],
    tolerance: float,
    flux_spread: float,
    max_iterations: int,
) -> _Found:
    """Rounds of conjugate gradients until every volume has converged or is out of iterations."""
    device, batch = lattice.device, lattice.grid.batch
    energy, fluxes, faces = _measure(lattice, potential)
    degrees = lattice.degree.sum(axis=(1, 2, 3), dtype=device.xp.int64)
    start, _, ends, degree = device.download(energy, fluxes, faces, degrees)
    neighbours = (degree - 2 * ends) / conducting
    limits = np.where(neighbours < _SPARSE, min(tolerance, SPARSE_TOLERANCE), tolerance)
    found = _Found(
        start,
        np.zeros((batch, lattice.grid.shape[0] + 1)),
        np.full(batch, np.inf),
        np.full(batch, np.inf),
        np.zeros(batch, np.int64),
        np.zeros(batch, np.bool_),
    )
    going = np.ones(batch, np.bool_)
    for number in range(_ROUNDS):
        most = max_iterations - found.iterations
        done = lattice.improve(potential, energy, going, limits * _SHARPER**number, most)
        energy, fluxes, _ = _measure(lattice, potential)
        remainder, steps, now, planes = device.download(done.remainder, done.steps, energy, fluxes)
        found.energy, found.fluxes = now, planes
        found.spread = np.ptp(planes, axis=1) / planes.mean(axis=1)
        found.remainder[going] = (remainder / now)[going]
        found.iterations[going] += steps[going]
        settled = found.remainder <= limits * _SHARPER**number
        found.converged[going] = (settled & (found.spread <= flux_spread))[going]
        going = ~found.converged & (found.iterations < max_iterations)
        if not going.any():
            break
    return found


def _measure(lattice: Lattice, potential: Any) -> tuple[Any, Any, Any]:
    """On the device: energy (float64[batch]), plane fluxes (float64[batch, planes + 1]), voxels at both outer faces."""
    device, grid = lattice.device, lattice.grid
    planes = grid.shape[0] + 1
    energy, fluxes = device.xp.zeros((2, grid.batch, planes, _LANES), np.float64)
    device.launch(
        _MEASURE,
        grid.batch * planes * _LANES,
        *map(np.int32, (grid.batch, _LANES, *grid.shape)),
        lattice.degree,
        potential,
        energy,
        fluxes,
    )
    ends = sum((lattice.degree[:, plane] > 0).sum(axis=(1, 2)) for plane in (1, -2))
    return energy.sum(axis=(1, 2)), fluxes.sum(axis=2), ends


def _flows(lattice: Lattice, potential: Any, conducting: NDArray[np.int64], axis: int) -> Any:
    """float32[batch, z, y, x] on the device, in the layout of the volumes: throughput, mean 1 over the spanning voxels."""
    device, grid = lattice.device, lattice.grid
    flow = device.xp.zeros((grid.batch, *grid.shape), np.float32)
    grid.launch(device, _THROUGHPUT, lattice.degree, potential, flow)
    share = device.upload(conducting.astype(np.float64)) / flow.sum(axis=(1, 2, 3), dtype=np.float64)
    flow *= share.astype(np.float32)[:, None, None, None]
    return device.xp.ascontiguousarray(device.xp.swapaxes(flow, 1, 1 + axis))
