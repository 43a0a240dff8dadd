"""Whether one set of predictions errs less than another on the same rows, and by how much.

Errors are positive and skewed: a few designs carry most of a sum of squares. So whether there is a
difference is asked of the logarithm of the ratio of the two sums, in which what both share cancels;
how large it is, of the difference of the two scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...array_types import Floats
from .interval import Interval, p_of, quantile, standard_error
from .losses import Sums


@dataclass(frozen=True)
class Contrast:
    """Score of a minus score of b, with the standard errors that its bounds follow from.

    ``size_error`` is that of the logarithm of the value's size, ``ratio`` is ln(SSE of b / SSE of a).
    """

    value: float
    error: float
    size_error: float
    ratio: float
    ratio_error: float
    degrees_of_freedom: int

    @property
    def p(self) -> float:
        """Two-sided p value of "both err alike", before any correction."""
        return p_of(self.ratio, self.ratio_error, self.degrees_of_freedom)

    @property
    def interval(self) -> Interval:
        """95 % bounds of this difference by itself."""
        return self.within(quantile(self.degrees_of_freedom))

    def within(self, t: float) -> Interval:
        """Bounds ``t`` standard errors away, of which a t above the usual one corrects for many differences.

        Where the interval of the ratio leaves out 0 the sign is known, and the bounds are those of a quantity that has
        it (value times exp(+- t s), s over the logarithms of the draws); elsewhere they are value +- t s, stretched to
        hold 0. So with the usual t the bounds hold 0 exactly where p is above .05.
        """
        certain = math.isinf(self.ratio) and self.degrees_of_freedom >= 1
        if certain or abs(self.ratio) > t * self.ratio_error:
            with np.errstate(over="ignore"):
                factor = float(np.exp(t * self.size_error))
            lo, hi = sorted((self.value / factor, self.value * factor))
            return Interval(self.value, lo, hi)
        half = t * self.error
        if math.isnan(half):
            return Interval(self.value, math.nan, math.nan)
        return Interval(self.value, min(self.value - half, 0.0), max(self.value + half, 0.0))


def contrast(a: Sums, b: Sums, total: tuple[float, Floats], degrees_of_freedom: int) -> Contrast:
    """(SSE of b - SSE of a) / total: the difference of two scores 1 - SSE / total.

    ``total`` is the sum that both are measured against, on the rows and in each draw.
    """
    value, draws = _difference(a, b, total)
    ratio, ratio_draws = log_ratio(a, b)
    signed = draws * np.sign(value)
    sizes = np.log(np.where(signed > 0, signed, np.nan))
    return Contrast(
        value, standard_error(draws), standard_error(sizes), ratio, standard_error(ratio_draws), degrees_of_freedom
    )


def log_ratio(a: Sums, b: Sums) -> tuple[float, Floats]:
    """ln(SSE of b / SSE of a) on the rows and in each draw; infinite where one errs nowhere, 0 where neither does."""
    if a.point["se"] == b.point["se"] == 0:
        return 0.0, np.zeros_like(a.draws["se"])
    with np.errstate(divide="ignore"):
        return float(np.log(b.point["se"]) - np.log(a.point["se"])), np.log(b.draws["se"]) - np.log(a.draws["se"])


def _difference(a: Sums, b: Sums, total: tuple[float, Floats]) -> tuple[float, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (b.point["se"] - a.point["se"]) / total[0] if total[0] > 0 else float("nan")
        return value, (b.draws["se"] - a.draws["se"]) / total[1]
