"""Statistics of counted values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Distribution:
    """Values in rising order with how often each occurs; every statistic of an empty one is NaN."""

    values: NDArray[np.float64]
    counts: NDArray[np.float64]

    @classmethod
    def of(cls, values: ArrayLike, counts: ArrayLike) -> Self:
        """The values that occur; both [n], values rising."""
        counts = np.asarray(counts, np.float64)
        occurs = counts > 0
        return cls(np.asarray(values, np.float64)[occurs], counts[occurs])

    @property
    def total(self) -> float:
        """Number of values."""
        return float(self.counts.sum())

    @property
    def mean(self) -> float:
        """The mean."""
        return float(self.values @ self.counts) / self.total if len(self.values) else math.nan

    @property
    def std(self) -> float:
        """The standard deviation of the population."""
        if not len(self.values):
            return math.nan
        return math.sqrt(float((self.values - self.mean) ** 2 @ self.counts) / self.total)

    @property
    def largest(self) -> float:
        """The largest value."""
        return float(self.values[-1]) if len(self.values) else math.nan

    def quantile(self, share: float) -> float:
        """The smallest value that at least this share of all values does not exceed."""
        if not len(self.values):
            return math.nan
        reached = np.cumsum(self.counts) >= share * self.total
        return float(self.values[int(np.argmax(reached))])

    def reached_by(self, number: float) -> float:
        """The largest value that at least this number of values reach; NaN where fewer are counted at all."""
        reach = np.cumsum(self.counts[::-1])[::-1] >= number
        return float(self.values[reach][-1]) if reach.any() else math.nan
