"""Effective conductivity of phases with conductivities of their own, on voxels of any edges, with periodic sides."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .....array_types import Float64
from ...cpu.diffusion.conductance import harmonic_means
from ...cpu.diffusion.layout import scales_along
from ...cpu.diffusion.phases import solve_phases as solve_on_cpu
from ...cpu.diffusion.phases import tolerance_of
from ...cpu.diffusion.result import DiffusionResult
from ...cpu.diffusion.voxels import scales_of
from .cells import Cells
from .rounds import FLUX_SPREAD, MAX_ITERATIONS, TOLERANCE, nothing, settle

if TYPE_CHECKING:
    from ..device import Device
    from .levels import Wraps

log = logging.getLogger(__name__)


def solve_phases(
    device: Device,
    phases: Any,
    conductivity: Float64,
    axis: int,
    *,
    spanning: Any,
    edges: tuple[float, float, float] = (1.0, 1.0, 1.0),
    periodic: Wraps = (False, False, False),
    tolerance: float | None = None,
    flux_spread: float = FLUX_SPREAD,
    max_iterations: int = MAX_ITERATIONS,
    keep_throughput: bool = False,
    keep_fields: bool = False,
    rescued: bool = True,
) -> list[DiffusionResult]:
    """Solve for steady conduction along ``axis`` through each of ``phases`` (uint8[batch, z, y, x]).

    The problem is that of the CPU twin, by which a volume that does not settle is solved where it is to be ``rescued``.
    """
    problem = conductivity, axis, edges, periodic
    if periodic[axis] and phases.shape[1 + axis] == 1:
        # the one layer is its own neighbour, which no cell of the device's grid is
        each = zip(phases, spanning, strict=True)
        return [_on_cpu(device, of, problem, keep_throughput=keep_throughput, keep_fields=keep_fields) for of in each]
    xp, size = device.xp, int(np.prod(phases.shape[1:]))
    number = len(conductivity)
    present = [xp.count_nonzero(phases == phase, axis=(1, 2, 3)) for phase in range(number)]
    conducts = [xp.count_nonzero((phases == phase) & spanning, axis=(1, 2, 3)) for phase in range(number)]
    counts = device.download(*present, *conducts)
    mean = conductivity @ np.array(counts[:number], np.float64) / size
    most = conductivity @ np.array(counts[number:], np.float64) / size
    conducting = (conductivity > 0.0).astype(np.int64) @ np.array(counts[number:], np.int64)
    results = [nothing(float(of)) for of in mean]
    work = np.flatnonzero(conducting)
    if not len(work):
        return results

    chosen = device.upload(work)
    # what does not span gets a number of its own that does not conduct
    turned = xp.where(spanning[chosen], phases[chosen], xp.uint8(number))
    turns = list(periodic)
    turns[0], turns[axis] = periodic[axis], periodic[0]
    through = conductivity[np.array(counts[number:], np.int64).any(axis=1)]
    largest = float(through.max())
    scales = scales_of(scales_along(axis, edges))
    cells = Cells.build(
        device,
        xp.ascontiguousarray(xp.swapaxes(turned, 1, 1 + axis)),
        harmonic_means(np.append(conductivity, 0.0) / largest),
        scales,
        (turns[0], turns[1], turns[2]),
    )
    potential = cells.grid.zeros(device)
    energy, _ = cells.measure(potential)
    (start,) = device.download(energy)
    limit = tolerance_of(through, TOLERANCE) if tolerance is None else tolerance
    found = settle(
        cells,
        lambda: cells.measure(potential),
        potential,
        energy,
        start,
        limits=np.full(len(work), limit),
        flux_spread=flux_spread,
        max_iterations=max_iterations,
    )
    kept = _Kept(cells, potential, axis)
    flows = kept.flows() if keep_throughput or keep_fields else None
    for place, volume in enumerate(work):
        converged = bool(found.converged[place])
        value = found.energy[place] * (1.0 - found.remainder[place]) * largest / size
        results[volume] = DiffusionResult(
            # phases side by side conduct as much as there is of them: rounding must not make it more
            relative_diffusivity=float(min(value, most[volume])) if converged else float("nan"),
            fraction=float(mean[volume]),
            spanning_fraction=int(conducting[volume]) / size,
            converged=converged,
            iterations=int(found.iterations[place]),
            remainder=float(found.remainder[place]),
            flux_spread=float(found.spread[place]),
            plane_fluxes=found.fluxes[place][: phases.shape[1 + axis] + 1] * (largest * phases.shape[1 + axis] / size),
            throughput=kept.throughput(flows, place, int(conducting[volume])) if keep_throughput else None,
            deviation=kept.deviation(place) if keep_fields else None,
            flux=kept.flux(flows, place, scales, largest) if keep_fields else None,
        )
        if rescued and not converged:
            log.info(
                "conduction along axis %d did not settle in %d steps on the device (remainder %.1e): solved on the CPU",
                axis,
                results[volume].iterations,
                results[volume].remainder,
            )
            both, tried = (phases[volume], spanning[volume]), results[volume].iterations
            solved = _on_cpu(device, both, problem, keep_throughput=keep_throughput, keep_fields=keep_fields)
            results[volume] = replace(solved, iterations=tried + solved.iterations)
    return results


@dataclass(frozen=True, eq=False)
class _Kept:
    """Fields of a solution on the device, brought back to the layout of the volumes."""

    cells: Cells
    potential: Any
    axis: int

    def flows(self) -> Any:
        """As ``Cells.flows``."""
        return self.cells.flows(self.potential)

    def _back(self, field: Any) -> Any:
        xp = self.cells.device.xp
        return xp.ascontiguousarray(xp.swapaxes(field, 0, self.axis))

    def throughput(self, flows: Any, place: int, conducting: int) -> Any:
        """float32[z, y, x]: mean 1 over the voxels that conduct."""
        through = flows[place, 3]
        share = conducting / self.cells.device.download(through.sum(dtype=np.float64))[0]
        return self._back(through * np.float32(share))

    def deviation(self, place: int) -> Any:
        """float32[z, y, x]: the deviation from the profile that falls by 1 from plane to plane."""
        return self._back(self.cells.inside(self.potential)[place])

    def flux(self, flows: Any, place: int, scales: tuple[np.float32, ...], largest: float) -> Any:
        """float32[3, z, y, x]: flux along z, y, x."""
        order = [0, 1, 2]
        order[0], order[self.axis] = self.axis, 0
        factors = [np.float32(largest / float(scale) ** 0.5) for scale in scales]
        return self.cells.device.xp.stack([self._back(flows[place, of]) * factors[of] for of in order])


def _on_cpu(
    device: Device,
    arrays: tuple[Any, Any],
    problem: tuple[Float64, int, tuple[float, float, float], Wraps],
    *,
    keep_throughput: bool,
    keep_fields: bool,
) -> DiffusionResult:
    """Solve one volume, its phases and what spans, on the CPU; its fields are brought to the device."""
    conductivity, axis, edges, periodic = problem
    phases, spanning = device.download(*arrays)
    found = solve_on_cpu(
        phases,
        conductivity,
        axis,
        spanning=spanning,
        edges=edges,
        periodic=periodic,
        keep_throughput=keep_throughput,
        keep_fields=keep_fields,
    )
    throughput, deviation, flux = (
        None if field is None else device.upload(np.ascontiguousarray(field))
        for field in (found.throughput, found.deviation, found.flux)
    )
    return replace(found, throughput=throughput, deviation=deviation, flux=flux)
