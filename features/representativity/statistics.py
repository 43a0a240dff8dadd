"""Statistics of one column over sub-volumes: interval, spread, exponent and the size that would do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from .student import student

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .record import SizeStatistics

CONFIDENCE = 0.95
PRECISE = 0.05
"""Relative error that is wanted."""
_FEWEST_SIZES = 3
_TWO_SIDED = (1.0 + CONFIDENCE) / 2.0


@dataclass(frozen=True)
class PowerLaw:
    """std = spread (V / V0)^-exponent, V0 the volume of the sub-volumes that have this spread."""

    spread: float
    volume: float
    exponent: float

    def volume_for(self, value: float) -> float:
        """Volume at which 1.96 standard deviations are 5 % of a value."""
        return float(self.volume * _times_too_wide(self.spread, value) ** (1.0 / self.exponent))


def power_law(sizes: Sequence[SizeStatistics]) -> PowerLaw:
    """The law through the sizes, by least squares of the logarithms; its exponent is NaN for fewer than three."""
    largest = sizes[0]
    exponent = math.nan
    if len(sizes) >= _FEWEST_SIZES and all(size.std > 0.0 for size in sizes):
        volumes = np.log([size.volume for size in sizes])
        stds = np.log([size.std for size in sizes])
        about = volumes - volumes.mean()
        exponent = -float(about @ stds / (about @ about))
    return PowerLaw(largest.std, largest.volume, exponent)


def standard_error(std: float, count: int, ratio: float) -> float:
    """Standard error of the mean over the whole from the standard deviation over ``count`` sub-volumes.

    ``ratio`` is the variance of the mean over the whole to that over a sub-volume. The sub-volumes deviate from the mean
    of the whole, which varies itself: the variance that they show is the one over a sub-volume less the one over the whole.
    """
    return std * math.sqrt((count - 1) / count * ratio / (1.0 - ratio))


def half_width(error: float, count: int) -> float:
    """Half the width of the 95 % interval by Student's distribution for ``count`` sub-volumes."""
    return student(_TWO_SIDED, count - 1) * error


def volume_for(error: float, volume: float, value: float) -> float:
    """Volume at which the 95 % interval of an average is 5 % of its value on either side."""
    return volume * _times_too_wide(error, value) ** 2


def _times_too_wide(std: float, value: float) -> float:
    return NormalDist().inv_cdf(_TWO_SIDED) * std / (PRECISE * abs(value)) if value else math.inf
