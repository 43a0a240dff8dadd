"""Projected cycle life: the cycle at which the capacity reaches a share of the first one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ...schema import LIFE_RECOVERY
from .line import ENOUGH_POINTS, straight_line
from .outcome import Outcome, Reason
from .trend import Trend

LifeStatus = Literal["measured", "projected", "floored", "censored"]


@dataclass(frozen=True, slots=True)
class Life(Outcome):
    """Cycle life in cycles, with how it was found; the status is None where the value is NaN."""

    status: LifeStatus | None = None


def cycle_life(trend: Trend, *, end_of_life: float, cap: float) -> Life:
    """Cycle number where capacity first is at most ``end_of_life`` times the first, measured or projected.

    Without such a point, the straight line through the last half y[n // 2:] is solved for the limit:
    a slope of 0 or more, or a solution above ``cap``, gives the cap (``censored``); a solution before
    the last cycle seen is raised to it (``floored``). Half of two points is no line, so two points
    give a life only where the second is at the limit.
    """
    if trend.no_end is not None:
        return _no_life(trend.no_end)
    if len(trend) < ENOUGH_POINTS:
        return _no_life(Reason.TOO_FEW_POINTS)
    first = float(trend.capacity[0])
    limit = end_of_life * first
    reached = trend.capacity <= limit
    at = int(reached.argmax())
    if reached[at]:
        if float(trend.capacity[at:].max()) > limit + LIFE_RECOVERY * first:
            return _no_life(Reason.CAPACITY_RECOVERS)
        return Life(float(trend.cycle[at]), None, "measured")
    return _projected(trend, limit, cap)


def _projected(trend: Trend, limit: float, cap: float) -> Life:
    half = len(trend) // 2
    line = straight_line(trend.cycle[half:], trend.capacity[half:])
    if isinstance(line, Reason):
        return _no_life(line)
    if line.slope >= 0.0:
        return Life(cap, None, "censored")
    solution = line.solve(limit)
    if solution > cap:
        return Life(cap, None, "censored")
    last = trend.last_cycle
    if solution < last:
        return Life(last, None, "floored")
    return Life(solution, None, "projected")


def _no_life(reason: Reason) -> Life:
    return Life(math.nan, reason, None)
