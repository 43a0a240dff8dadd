"""Back-test of the projection: measured lives, projected from the data up to an earlier cycle."""

from __future__ import annotations

import numpy as np

from ...array_types import Float64
from .cycle_life import Lives, cycle_lives
from .lists import NOWHERE
from .trend import Trends

SHARES = (0.86, 0.90, 0.95)
"""Shares of the first capacity at which a measured trend is cut."""


def cut_projections(trends: Trends, lives: Lives, *, end_of_life: float, cap: float) -> tuple[Float64, ...]:
    """The lives projected from each trend up to its first point at each share of ``SHARES``, float64[n] a share.

    NaN where the life was not measured, where the cut leaves too few points, and where the point
    that ends the cut is itself at the limit already: then nothing was projected.
    """
    if not lives.measured.any():
        return tuple(np.full(len(trends), np.nan) for _ in SHARES)
    measured = trends.keep(trends.points.spread(lives.measured))
    return tuple(_projections(measured, share, end_of_life, cap) for share in SHARES)


def _projections(trends: Trends, share: float, end_of_life: float, cap: float) -> Float64:
    points = trends.points
    cut = points.first_position(trends.capacity <= points.spread(share * trends.first_capacity))
    before = trends.keep(np.arange(len(trends.capacity)) <= points.spread(np.where(cut == NOWHERE, -1, cut)))
    lives = cycle_lives(before, end_of_life=end_of_life, cap=cap)
    return np.where(lives.measured, np.nan, lives.value)
