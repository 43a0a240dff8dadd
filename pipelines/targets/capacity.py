"""Nominal capacity: the first capacity of the trend, whatever a column of that name may say."""

from __future__ import annotations

from .outcome import Outcomes, outcomes
from .trend import Trends


def nominal_capacities(trends: Trends) -> Outcomes:
    """y[0], in Ah."""
    return outcomes(trends.first_capacity, (True, trends.reason))
