"""Intervals of scores from the draws of a bootstrap, widened to what repeated sampling shows.

What is estimated is the skill of a procedure on new groups of the same population at this size of training. Draws
tell how it varies over volumes, designs and deals of the folds, but not that another sample would have trained other
models (Bates, Hastie & Tibshirani 2024, doi:10.1080/01621459.2023.2197686: intervals of cross-validation are too short). So
an interval is the estimate +- W t s: s the standard deviation of the draws, t of v = min(V, D) - 1 degrees of
freedom, and W = 1 + 6 / v, found by simulation so that 95 % intervals cover at least 90 % (``tests/verdict/coverage.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ...array_types import Floats

LEVEL = 0.95
WIDER_BY = 6.0
"""W - 1 times the degrees of freedom."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its bounds; NaN bounds where nothing can be said."""

    value: float
    lo: float
    hi: float

    @property
    def undetermined(self) -> bool:
        """Whether the interval holds 0, or there is none."""
        return not (self.lo > 0 or self.hi < 0)


def linear_interval(value: float, draws: Floats, degrees_of_freedom: int) -> Interval:
    """Bounds value +- W t s: for means, differences and weighted means of scores."""
    half = quantile(degrees_of_freedom) * standard_error(draws)
    return Interval(value, value - half, value + half)


def positive_interval(value: float, draws: Floats, degrees_of_freedom: int) -> Interval:
    """Bounds from the logarithm, for errors and ratios of sums of squares, which cannot be negative."""
    if value == 0:
        return Interval(0.0, 0.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        factor = np.exp(quantile(degrees_of_freedom) * standard_error(np.log(draws)))
        return Interval(value, value / factor, value * factor)


def explained_interval(ratio: float, draws: Floats, degrees_of_freedom: int) -> Interval:
    """1 - ratio with the bounds of the ratio: for R2 and skill, which therefore never exceed 1."""
    error = positive_interval(ratio, draws, degrees_of_freedom)
    return Interval(1 - error.value, 1 - error.hi, 1 - error.lo)


def p_value(value: float, draws: Floats, degrees_of_freedom: int) -> float:
    """Two-sided p of "the value is 0", from the same t."""
    return p_of(value, standard_error(draws), degrees_of_freedom)


def p_of(value: float, error: float, degrees_of_freedom: int) -> float:
    """Two-sided p of "the value is 0" by its standard error; NaN where there is no interval, 0 for an infinite value."""
    from scipy.special import stdtr

    if value == 0 and error == 0:
        return 1.0
    if np.isinf(value) and degrees_of_freedom >= 1:
        return 0.0
    if degrees_of_freedom < 1 or not error > 0:
        return float("nan")
    return float(2 * stdtr(degrees_of_freedom, -abs(value) / (widening(degrees_of_freedom) * error)))


def widening(degrees_of_freedom: int) -> float:
    """The factor W; NaN without a degree of freedom."""
    return 1 + WIDER_BY / degrees_of_freedom if degrees_of_freedom >= 1 else float("nan")


@cache
def quantile(degrees_of_freedom: int) -> float:
    """W t: standard errors between an estimate and its bounds; from scipy.special, since scipy.stats takes seconds to load."""
    from scipy.special import stdtrit

    if degrees_of_freedom < 1:
        return float("nan")
    return widening(degrees_of_freedom) * float(stdtrit(degrees_of_freedom, (1 + LEVEL) / 2))


def standard_error(draws: Floats) -> float:
    """Standard deviation of the finite draws; NaN where there are none."""
    finite = draws[np.isfinite(draws)]
    return float(finite.std(ddof=1)) if len(finite) > 1 else float("nan")
