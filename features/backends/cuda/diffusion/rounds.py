"""Rounds of conjugate gradients over a batch: until each volume's energy is settled and its plane fluxes agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .....array_types import Float64
from ...cpu.diffusion.result import DiffusionResult
from .gradients import improve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .gradients import Operator

TOLERANCE = 1e-5
"""Estimated relative error of the energy at which a solution is taken, before the estimate is subtracted. A third
of the CPU's: where it is off most, both are within 5e-5 of the truth, and a step costs a device next to nothing."""
FLUX_SPREAD = 2e-2
"""Largest (max - min) / mean of the plane fluxes in a solution."""
MAX_ITERATIONS = 1000
_ROUNDS = 4
"""Times that the problem is solved anew for what rounding and early stopping left."""
_SHARPER = 0.1
"""Factor by which the tolerance falls from round to round."""


@dataclass(eq=False)
class Settled:
    """Results of the rounds for each volume of a batch, on the host."""

    energy: Float64
    fluxes: Float64
    remainder: Float64
    spread: Float64
    iterations: NDArray[np.int64]
    converged: NDArray[np.bool_]


def settle(
    operator: Operator,
    measure: Callable[[], tuple[Any, Any]],
    potential: Any,
    energy: Any,
    start: Float64,
    *,
    limits: Float64,
    flux_spread: float,
    max_iterations: int,
) -> Settled:
    """Improve ``potential``, whose energy is given on the device and on the host, at most four times.

    ``measure`` finds its energy and plane fluxes afresh, on the device; ``limits`` are the tolerances of the volumes.
    """
    device, batch = operator.device, operator.grid.batch
    found = Settled(
        start,
        np.zeros((batch, operator.grid.shape[0] + 1)),
        np.full(batch, np.inf),
        np.full(batch, np.inf),
        np.zeros(batch, np.int64),
        np.zeros(batch, np.bool_),
    )
    going = np.ones(batch, np.bool_)
    for number in range(_ROUNDS):
        most = max_iterations - found.iterations
        done = improve(operator, potential, energy, going, limits * _SHARPER**number, most)
        energy, fluxes = measure()
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


def nothing(fraction: float) -> DiffusionResult:
    """The result of a volume of which nothing spans."""
    return DiffusionResult(
        0.0, fraction, 0.0, converged=True, iterations=0, remainder=0.0, flux_spread=0.0, plane_fluxes=np.zeros(1)
    )
