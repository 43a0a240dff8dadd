"""The straight line of least squares through points, in the centred form that keeps its digits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...array_types import Float64
from .outcome import Reason

ENOUGH_POINTS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """y = y_mean + slope (x - x_mean)."""

    slope: float
    x_mean: float
    y_mean: float

    def solve(self, y: float) -> float:
        """The x at which the line reaches ``y``; the slope must not be 0."""
        return self.x_mean + (y - self.y_mean) / self.slope


def straight_line(x: Float64, y: Float64) -> Line | Reason:
    """The line through float64[n] points, or why there is none."""
    n = len(x)
    if n < ENOUGH_POINTS:
        return Reason.TOO_FEW_POINTS
    x_mean, y_mean = float(x.sum()) / n, float(y.sum()) / n
    dx = x - x_mean
    spread = float(dx @ dx)
    if spread == 0.0:
        return Reason.ONE_CYCLE_NUMBER
    slope = float(dx @ (y - y_mean)) / spread
    if not all(map(math.isfinite, (slope, x_mean, y_mean, spread))):
        return Reason.OUT_OF_RANGE
    return Line(slope, x_mean, y_mean)
