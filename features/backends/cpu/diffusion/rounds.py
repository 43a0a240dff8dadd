"""Rounds of conjugate gradients: until the energy is settled and the fluxes through all planes agree."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .....array_types import Float32, Float64

if TYPE_CHECKING:
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


class Solver(Protocol):
    """Brings the energy of a potential within the tolerance of its minimum."""

    def improve(
        self, potential: Float32, energy: float, tolerance: float, max_iterations: int, *, is_profile: bool = False
    ) -> Progress:
        """Improve ``potential``, whose energy is given, in place; ``is_profile``: it is zero still."""


@dataclass(frozen=True, eq=False)
class Settled:
    """Result of the rounds; ``energy`` is that of the potential, less the remainder that is estimated."""

    energy: float
    remainder: float
    fluxes: Float64
    flux_spread: float
    iterations: int
    converged: bool


def settle(
    solver: Solver,
    measure: Callable[[Float32, Float64], float],
    potential: Float32,
    *,
    energy: float | None = None,
    tolerance: float,
    flux_spread: float,
    max_iterations: int,
    axis: int,
) -> Settled:
    """Improve ``potential`` (float32[z, y, x], flow along axis 0), which is zero, until it is settled, at most four times.

    ``measure`` returns the energy of a potential and fills in its plane fluxes; ``energy`` is that of the profile, where
    the caller knows it. ``axis`` is for the warning that says
    that nothing settled.
    """
    fluxes = np.zeros(len(potential) + 1, np.float64)
    if energy is None:
        energy = measure(potential, fluxes)
    iterations, remainder, spread = 0, float("inf"), float("inf")
    converged = False
    for number in range(_ROUNDS):
        left = max_iterations - iterations
        progress = solver.improve(potential, energy, tolerance * _SHARPER**number, left, is_profile=number == 0)
        iterations += progress.iterations
        energy = measure(potential, fluxes)
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
    return Settled(energy * (1.0 - remainder), remainder, fluxes, spread, iterations, converged)
