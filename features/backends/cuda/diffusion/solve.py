"""Effective diffusivity of a phase: Laplace's equation in its voxels, a batch of volumes at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...cpu.diffusion.result import DiffusionResult
from ..kernels import kernel
from .gradients import Lattice
from .phases import solve_phases
from .rescue import rescue
from .rounds import FLUX_SPREAD, MAX_ITERATIONS, TOLERANCE, Settled, nothing, settle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..device import Device


_MEASURE = kernel(__file__, "measure", file="measure.cu")
_THROUGHPUT = kernel(__file__, "throughput", file="throughput.cu")

SPARSE_TOLERANCE = 1e-6
"""Tolerance for a phase of few neighbours, where steps gain little and estimates are worse."""
_SPARSE = 2.45
"""Mean number of neighbours below which a phase is sparse: white noise just above the percolation threshold has
2.2 to 2.4, smooth pores have 4 to 6."""
_LANES = 128
"""Threads that measure a plane."""


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
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
    rescued: bool = True,
) -> list[DiffusionResult]:
    """Solve for steady diffusion through each of ``masks`` (bool[batch, z, y, x]) along ``axis``.

    The problem is that of the CPU twin: voxels of equal conductivity exchange through shared faces; the potential
    is fixed on the two outer faces of the axis, half a voxel outside the centres of the first and last layer;
    nothing passes the other sides. ``spanning`` are the voxels in components that touch both faces of the axis;
    ``edges`` are those of a voxel along z, y, x, in any unit.

    The relative diffusivity comes from the energy of the solution, whose error is the square of that of
    the potential. A solution is taken when the estimated remainder of the energy is below ``tolerance``
    and the fluxes through all planes across the axis agree within ``flux_spread``. A volume that does not
    come to that in ``max_iterations`` is solved on the CPU; where it is not to be ``rescued`` the relative
    diffusivity is NaN, and ``converged`` says so.
    """
    xp, size = device.xp, int(np.prod(masks.shape[1:]))
    if len(set(edges)) > 1:
        return solve_phases(
            device,
            masks.astype(np.uint8),
            np.array([0.0, 1.0]),
            axis,
            spanning=spanning,
            edges=edges,
            tolerance=tolerance,
            flux_spread=flux_spread,
            max_iterations=max_iterations,
            keep_throughput=keep_throughput,
            rescued=rescued,
        )
    counts = device.download(*(xp.count_nonzero(of, axis=(1, 2, 3)) for of in (masks, spanning)))
    present, conducting = (np.asarray(count, np.int64) for count in counts)
    results = [nothing(int(number) / size) for number in present]
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


def _solve(
    lattice: Lattice,
    potential: Any,
    conducting: NDArray[np.int64],
    tolerance: float,
    flux_spread: float,
    max_iterations: int,
) -> Settled:
    """Rounds of conjugate gradients until every volume has converged or is out of iterations."""
    device = lattice.device
    energy, fluxes, faces = _measure(lattice, potential)
    degrees = lattice.degree.sum(axis=(1, 2, 3), dtype=device.xp.int64)
    start, _, ends, degree = device.download(energy, fluxes, faces, degrees)
    neighbours = (degree - 2 * ends) / conducting
    return settle(
        lattice,
        lambda: _measure(lattice, potential)[:2],
        potential,
        energy,
        start,
        limits=np.where(neighbours < _SPARSE, min(tolerance, SPARSE_TOLERANCE), tolerance),
        flux_spread=flux_spread,
        max_iterations=max_iterations,
    )


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
