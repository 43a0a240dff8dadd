"""Nominal capacity: the first capacity of the trend, whatever a column of that name may say."""

from __future__ import annotations

from .outcome import Outcome, undefined
from .trend import Trend


def nominal_capacity(trend: Trend) -> Outcome:
    """y[0], in Ah."""
    return undefined(trend.reason) if trend.reason is not None else Outcome(float(trend.capacity[0]))
