"""Back-test of the projection: measured lives, projected from the data up to an earlier cycle."""

from __future__ import annotations

import math

from .cycle_life import Life, cycle_life
from .trend import Trend

SHARES = (0.86, 0.90, 0.95)
"""Shares of the first capacity at which a measured trend is cut."""


def cut_projections(trend: Trend, life: Life, *, end_of_life: float, cap: float) -> tuple[float, ...]:
    """The life projected from the trend up to its first point at each share of ``SHARES``.

    NaN where the life was not measured, where the cut leaves too few points, and where the point
    that ends the cut is itself at the limit already: then nothing was projected.
    """
    if life.status != "measured":
        return (math.nan,) * len(SHARES)
    return tuple(_projection(trend, share, end_of_life, cap) for share in SHARES)


def _projection(trend: Trend, share: float, end_of_life: float, cap: float) -> float:
    reached = trend.capacity <= share * trend.capacity[0]
    at = int(reached.argmax())
    if not reached[at]:
        return math.nan
    life = cycle_life(trend.head(at + 1), end_of_life=end_of_life, cap=cap)
    return math.nan if life.status == "measured" else life.value
