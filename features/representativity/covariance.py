"""Covariance of the pores at all lags, and the variance of the porosity of a box that follows from it.

Var(mean over V) = (1 / V) sum over lags h of C(h) K_V(h), where K_V(h) is the share of V that meets itself moved by h.
For a box much larger than the range of C that is sigma^2 A3 / V with the integral range A3 = sum C(h) / C(0)
(Matheron; Lantuejoul 1991, doi:10.1111/j.1365-2818.1991.tb03099.x); for the fraction of a phase it is the method of
ImageRep (Dahari et al. 2024, doi:10.1002/advs.202414149).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from .reasons import NO_DECAY, ONE_PHASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...array_types import Float64, Mask
    from ..voxels import Spacing

_NOISE = 2.0
"""Times the largest correlation in the outer half of the lags, above which a correlation is none by chance."""
_DECAYED = 0.1
"""Correlation in the outer half of the lags from which on the range is not known."""
_SMOOTH = 32
"""Lengths of a fast Fourier transform are multiples of this."""


@dataclass(frozen=True, eq=False)
class Covariance:
    """Covariance of the pore indicator, 0 beyond its range; ``reason`` says why there is none.

    ``values`` float64[2a+1, 2b+1, 2c+1] at lags -a..a, -b..b, -c..c of whole voxels along z, y, x; ``lengths`` are the
    lags along each axis, in the smallest edge of a voxel, at which it first falls to 1/e.
    """

    values: Float64
    lengths: tuple[float, float, float]
    reason: str = ""

    @property
    def integral_range(self) -> float:
        """Number of voxels A3 in Var(mean over V) = sigma^2 A3 / V; NaN where unknown."""
        return float(self.values.sum()) / self._variance if not self.reason else math.nan

    @property
    def _variance(self) -> float:
        return float(self.values[tuple(length // 2 for length in self.values.shape)])

    def variance_over(self, shape: Sequence[int]) -> float:
        """Variance of the porosity of a box of ``shape`` voxels (z, y, x); NaN where unknown."""
        if self.reason:
            return math.nan
        return float((self.values * _overlap(shape, self.values.shape)).sum()) / math.prod(shape)


def covariance_of(mask: Mask, spacing: Spacing) -> Covariance:
    """The covariance of a volume, without the bias of measuring it about the volume's own mean.

    That mean follows the volume, so every covariance comes out too small by the variance of the mean, which the
    covariances themselves give. Lags reach to half the shortest edge; what is beyond its noise, taken from the outer
    half of them, is the range.
    """
    mean = float(mask.mean())
    if mean in (0.0, 1.0):
        return Covariance(np.zeros((1, 1, 1)), (math.nan, math.nan, math.nan), ONE_PHASE)
    farthest = min(length * edge for length, edge in zip(mask.shape, spacing, strict=True)) / 2.0
    reach = [int(farthest / edge) for edge in spacing]
    raw = _about_mean(mask, mean, reach)
    shells = np.rint(_distances(raw.shape, spacing)).astype(np.int64)
    known = shells <= int(farthest)
    means = np.bincount(shells[known], raw[known]) / np.maximum(np.bincount(shells[known]), 1)
    correlation = np.abs(means / means[0])
    noise = float(correlation[len(correlation) // 2 :].max())
    z, y, x = (_decay(_along(raw, axis)) * edge for axis, edge in enumerate(spacing))
    last = int(np.flatnonzero(correlation > _NOISE * noise).max(initial=0))
    within = shells <= last
    overlap = _overlap(mask.shape, raw.shape) * within / mask.size
    of_mean = float((raw * overlap).sum()) / (1.0 - float(overlap.sum()))
    values = (raw + of_mean) * within
    unknown = noise > _DECAYED or of_mean <= 0.0
    return Covariance(values, (z, y, x), NO_DECAY if unknown else "")


def _along(raw: Float64, axis: int) -> Float64:
    """Covariances at the lags 0, 1, … along one axis."""
    middle: list[int | slice] = [length // 2 for length in raw.shape]
    middle[axis] = slice(raw.shape[axis] // 2, None)
    return np.asarray(raw[tuple(middle)], np.float64)


def _about_mean(mask: Mask, mean: float, reach: Sequence[int]) -> Float64:
    """Mean product of the deviations of all pairs of voxels of a lag."""
    padded = [
        -(-(length + lag) // _SMOOTH) * _SMOOTH if lag else length
        for length, lag in zip(mask.shape, reach, strict=True)
    ]
    spectrum = np.fft.rfftn(mask.astype(np.float32) - np.float32(mean), padded, axes=(0, 1, 2))
    products = np.fft.irfftn((spectrum * spectrum.conj()).real, padded, axes=(0, 1, 2))
    lags = [np.arange(-lag, lag + 1) for lag in reach]
    pairs = _outer([length - np.abs(lag) for length, lag in zip(mask.shape, lags, strict=True)])
    return np.asarray(products[np.ix_(*lags)] / pairs, np.float64)


def _overlap(box: Sequence[int], lags: Sequence[int]) -> Float64:
    """Share of a box that meets itself when moved, at the lags of an array of covariances."""
    return _outer(
        [
            np.maximum(1.0 - np.abs(np.arange(count) - count // 2) / length, 0.0)
            for length, count in zip(box, lags, strict=True)
        ]
    )


def _distances(lags: Sequence[int], spacing: Spacing) -> Float64:
    squares = [((np.arange(count) - count // 2) * edge) ** 2 for count, edge in zip(lags, spacing, strict=True)]
    z, y, x = np.ix_(*squares)
    return np.asarray(np.sqrt(z + y + x), np.float64)


def _outer(factors: Sequence[Float64]) -> Float64:
    return np.asarray(reduce(np.multiply, np.ix_(*factors)), np.float64)


def _decay(covariance: Float64) -> float:
    """Lag at which a covariance first falls to 1/e, between whole lags by a straight line; infinite where it never does."""
    above = covariance / covariance[0] - math.exp(-1.0)
    below = np.flatnonzero(above <= 0.0)
    if len(below) == 0:
        return math.inf
    last = int(below[0])
    return last - 1 + float(above[last - 1] / (above[last - 1] - above[last]))
