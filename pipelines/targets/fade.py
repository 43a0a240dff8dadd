"""Capacity fade rate: the slope of capacity against cycle number."""

from __future__ import annotations

from .line import straight_lines
from .outcome import Outcomes, outcomes
from .trend import Trends


def capacity_fade_rates(trends: Trends) -> Outcomes:
    """Slope in Ah/cycle of the straight line through all points, negative when the capacity fades."""
    lines = straight_lines(trends.points, trends.cycle, trends.capacity)
    return outcomes(lines.slope, (True, trends.no_end), (True, lines.reason))
