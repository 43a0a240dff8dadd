"""Whether the values of sub-volumes rise or fall through the thickness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .student import student

if TYPE_CHECKING:
    from ...array_types import Float64

_CHANCE = 0.01


def has_gradient(values: Float64, parts: int, inflation: float = 1.0) -> bool:
    """Whether a straight line along z through the values of parts^3 sub-volumes is steeper than one in a hundred by chance.

    Student's test of the slope; ``inflation`` is how many times the variance of the mean of neighbours exceeds that of
    independent ones.
    """
    layers = np.repeat(np.arange(parts) - (parts - 1) / 2.0, parts**2)
    deviations = values - values.mean()
    squares = float(layers @ layers)
    slope = float(layers @ deviations) / squares
    left = float(np.square(deviations - slope * layers).sum())
    if left == 0.0:
        return slope != 0.0
    free = len(values) - 2
    error = math.sqrt(max(inflation, 1.0) * left / free / squares)
    return abs(slope) / error > student(1.0 - _CHANCE / 2.0, free)
