"""Straight lines of least squares through the points of each list, in the centred form that keeps its digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...array_types import Float64, UInt8
from .lists import Segments
from .outcome import Reason, first_reason

ENOUGH_POINTS = 2


@dataclass(frozen=True, eq=False)
class Lines:
    """y = y_mean + slope (x - x_mean) for each of n lists; ``reason``, uint8[n], says why there is no line."""

    slope: Float64
    x_mean: Float64
    y_mean: Float64
    reason: UInt8

    def solve(self, y: Float64) -> Float64:
        """The x at which each line reaches its ``y``; infinite or NaN where the slope is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.x_mean + (y - self.y_mean) / self.slope


def straight_lines(points: Segments, x: Float64, y: Float64) -> Lines:
    """The line through the points of each list, or why there is none."""
    n = np.maximum(points.lengths, 1)
    x_mean, y_mean = points.total(x) / n, points.total(y) / n
    dx = x - points.spread(x_mean)
    spread = points.total(dx * dx)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = points.total(dx * (y - points.spread(y_mean))) / spread
    reason = first_reason(
        len(points),
        (points.lengths < ENOUGH_POINTS, Reason.TOO_FEW_POINTS),
        (spread == 0.0, Reason.ONE_CYCLE_NUMBER),
        (~np.isfinite([slope, x_mean, y_mean, spread]).all(axis=0), Reason.OUT_OF_RANGE),
    )
    return Lines(slope, x_mean, y_mean, reason)
