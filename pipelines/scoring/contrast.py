"""Whether one set of predictions errs less than another on the same rows, and by how much.

Errors are positive and skewed: a few designs carry most of a sum of squares. So whether there is a
difference is asked of the logarithm of the ratio of the two sums, in which what both share cancels;
how large it is, of the difference of the two scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...array_types import Floats
from .bootstrap import Interval, linear_interval, p_value, positive_interval
from .losses import Sums


@dataclass(frozen=True)
class Contrast:
    """Score of a minus score of b with bounds, and p of "both err alike"."""

    interval: Interval
    p: float


def contrast(a: Sums, b: Sums, total: tuple[float, Floats], degrees_of_freedom: int) -> Contrast:
    """(SSE of b - SSE of a) / total: the difference of two scores 1 - SSE / total.

    ``total`` is the sum that both are measured against, on the rows and in each draw. Where the
    interval of ln(SSE_b / SSE_a) leaves out 0 the sign is known, and the bounds are those of a
    quantity that has it (value times exp(+- t s), s over the logarithms of the draws); elsewhere they
    are value +- t s, stretched to hold 0. So the bounds hold 0 exactly where the p value, before any
    correction, is above .05.
    """
    value, draws = _difference(a, b, total)
    ratio, ratio_draws = _log_ratio(a, b)
    p = p_value(ratio, ratio_draws, degrees_of_freedom)
    known = not linear_interval(ratio, ratio_draws, degrees_of_freedom).undetermined or p == 0
    if known:
        sign = np.sign(value)
        size = positive_interval(abs(value), np.where(draws * sign > 0, draws * sign, np.nan), degrees_of_freedom)
        lo, hi = sorted((sign * size.lo, sign * size.hi))
    else:
        plain = linear_interval(value, draws, degrees_of_freedom)
        lo, hi = min(plain.lo, 0.0), max(plain.hi, 0.0)
        if np.isnan(plain.lo):
            lo = hi = float("nan")
    return Contrast(Interval(value, float(lo), float(hi)), p)


def _difference(a: Sums, b: Sums, total: tuple[float, Floats]) -> tuple[float, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (b.point["se"] - a.point["se"]) / total[0] if total[0] > 0 else float("nan")
        return value, (b.draws["se"] - a.draws["se"]) / total[1]


def _log_ratio(a: Sums, b: Sums) -> tuple[float, Floats]:
    """ln(SSE of b / SSE of a) on the rows and in each draw; infinite where one errs nowhere, 0 where neither does."""
    if a.point["se"] == b.point["se"] == 0:
        return 0.0, np.zeros_like(a.draws["se"])
    with np.errstate(divide="ignore"):
        return float(np.log(b.point["se"]) - np.log(a.point["se"])), np.log(b.draws["se"]) - np.log(a.draws["se"])
