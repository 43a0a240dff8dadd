"""Capacity fade rate: the slope of capacity against cycle number."""

from __future__ import annotations

from .line import straight_line
from .outcome import Outcome, Reason, undefined
from .trend import Trend


def capacity_fade_rate(trend: Trend) -> Outcome:
    """Slope in Ah/cycle of the straight line through all points, negative when the capacity fades."""
    lacking = trend.no_end
    if lacking is not None:
        return undefined(lacking)
    line = straight_line(trend.cycle, trend.capacity)
    return undefined(line) if isinstance(line, Reason) else Outcome(line.slope)
