"""Capacity retention: the last capacity over the first."""

from __future__ import annotations

from .outcome import Outcomes, outcomes
from .trend import Trends


def capacity_retentions(trends: Trends) -> Outcomes:
    """100 y[n-1] / y[0], in percent."""
    share = 100.0 * trends.points.last(trends.capacity) / trends.first_capacity
    return outcomes(share, (True, trends.no_end))
