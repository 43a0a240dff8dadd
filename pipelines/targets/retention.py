"""Capacity retention: the last capacity over the first."""

from __future__ import annotations

from .outcome import Outcome, defined, undefined
from .trend import Trend


def capacity_retention(trend: Trend) -> Outcome:
    """100 y[n-1] / y[0], in percent."""
    lacking = trend.no_end
    if lacking is not None:
        return undefined(lacking)
    first, last = float(trend.capacity[0]), float(trend.capacity[-1])
    return defined(100.0 * last / first)
