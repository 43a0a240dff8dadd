"""Projected cycle life: the cycle at which the capacity reaches a share of the first one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...array_types import Float64, Mask, UInt8
from ...schema import CYCLE_LIFE_STATUSES, LIFE_RECOVERY
from .line import ENOUGH_POINTS, straight_lines
from .lists import NOWHERE
from .outcome import NO_REASON, Outcomes, Reason, outcomes
from .trend import Trends

MEASURED, PROJECTED, FLOORED, CENSORED = (
    CYCLE_LIFE_STATUSES.index(name) + 1 for name in ("measured", "projected", "floored", "censored")
)


@dataclass(frozen=True, eq=False)
class Lives(Outcomes):
    """Cycle lives in cycles; ``status``, uint8[n], says how each was found, 0 where the value is NaN."""

    status: UInt8

    @property
    def measured(self) -> Mask:
        """Whether the trend itself reaches the limit."""
        measured: Mask = self.status == MEASURED
        return measured


def cycle_lives(trends: Trends, *, end_of_life: float, cap: float) -> Lives:
    """Cycle number where capacity first is at most ``end_of_life`` times the first, measured or projected.

    Without such a point, the straight line through the last half y[n // 2:] is solved for the limit:
    a slope of 0 or more, or a solution above ``cap``, gives the cap (``censored``); a solution before
    the last cycle seen is raised to it (``floored``). Half of two points is no line, so two points
    give a life only where the second is at the limit.
    """
    points, first = trends.points, trends.first_capacity
    limit = end_of_life * first
    end = points.first_position(trends.capacity <= points.spread(limit))
    measured = end != NOWHERE
    enough = points.lengths >= ENOUGH_POINTS
    recovers = np.zeros(len(trends), bool)
    if measured.any():
        after = points.spread(measured) & (np.arange(len(trends.capacity)) >= points.spread(end))
        rest = trends.keep(after)
        recovers = measured & (rest.points.highest(rest.capacity) > limit + LIFE_RECOVERY * first)
    projected, status, why = _projected(trends.keep(points.spread(~measured)), limit, cap)
    found = outcomes(
        np.where(measured, points.at(trends.cycle, end), projected),
        (True, trends.no_end),
        (~enough, Reason.TOO_FEW_POINTS),
        (recovers, Reason.CAPACITY_RECOVERS),
        (~measured, why),
    )
    how = np.where(measured, MEASURED, status)
    return Lives(found.value, found.reason, np.where(found.reason == NO_REASON, how, 0).astype(np.uint8))


def _projected(trends: Trends, limit: Float64, cap: float) -> tuple[Float64, UInt8, UInt8]:
    """The lives by the line through the last half, how each was found, and why it was not."""
    points = trends.points
    half = trends.keep(points.place >= points.spread(points.lengths // 2))
    lines = straight_lines(half.points, half.cycle, half.capacity)
    solution, last = lines.solve(limit), trends.last_cycle
    censored = (lines.slope >= 0.0) | (solution > cap)
    floored = ~censored & (solution < last)
    value = np.where(censored, cap, np.where(floored, last, solution))
    status = np.select([censored, floored], [CENSORED, FLOORED], PROJECTED).astype(np.uint8)
    return value, status, lines.reason
