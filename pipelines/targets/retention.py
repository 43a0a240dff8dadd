"""Capacity retention: the last capacity over the first."""

from __future__ import annotations

from .outcome import Outcome, Reason, defined, undefined
from .trend import Trend


def capacity_retention(trend: Trend) -> Outcome:
    """100 y[n-1] / y[0], in percent."""
    if trend.reason is not None:
        return undefined(trend.reason)
    first, last = float(trend.capacity[0]), float(trend.capacity[-1])
    return undefined(Reason.NO_FIRST_CAPACITY) if first <= 0.0 else defined(100.0 * last / first)
