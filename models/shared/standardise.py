"""Columns of mean 0 and variance 1 without gaps, for models that cannot handle NaN."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ..base import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...array_types import Float32, Float64
    from ..base import Rows

CONSTANT = 1e-6
"""A column whose deviation is below this share of its size is constant in float32."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """Encoding of p columns as p + k: gaps filled by ``median``, k indicators of gaps, standardised.

    median: float64[p]; indicated: positions of the k columns with gaps in training; mean, scale:
    float64[p + k]. Constant columns have scale inf, so they become 0 whatever comes later.
    """

    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64

    def apply(self, block: Float32) -> Float64:
        """float64[n, p + k]."""
        return (filled(block, self.median, self.indicated) - self.mean) / self.scale


def encode(rows: Rows, weight: Float64, transform: Callable[[Float32], Float32] | None = None) -> Encoding:
    """The encoding that standardises ``rows``: exact weighted moments, summed up in batches.

    The medians, which only fill gaps, are taken over at most 100,000 evenly spaced rows. ModelError
    names a column with infinite values. ``transform`` is applied to each batch first, and may add columns.
    """
    changed = transform or (lambda block: block)
    n = len(rows)
    spaced = changed(rows.take(np.arange(0, n, max(1, -(-n // BATCH_ROWS)))).matrix())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column of gaps only has no median
        median = np.nan_to_num(np.nanmedian(spaced.astype(np.float64), axis=0))
    gaps = np.zeros(len(median), bool)
    for block in map(changed, rows.batches()):
        gaps |= np.isnan(block).any(axis=0)
        infinite = np.isinf(block).any(axis=0)
        if infinite.any():
            raise ModelError(f"column {rows.columns.names[int(np.argmax(infinite))]!r} has infinite values")
    indicated = np.flatnonzero(gaps)
    shift = np.concatenate([median, np.zeros(len(indicated))])
    first, second = np.zeros(len(shift)), np.zeros(len(shift))
    start = 0
    for block in map(changed, rows.batches()):
        moved = filled(block, median, indicated) - shift
        share = weight[start : start + len(block)]
        first += share @ moved
        second += share @ moved**2
        start += len(block)
    first, second = first / weight.sum(), second / weight.sum()
    mean, deviation = shift + first, np.sqrt(np.maximum(second - first**2, 0.0))
    scale = np.where(deviation > CONSTANT * np.abs(mean), deviation, np.inf)
    return Encoding(median, indicated, mean, scale)


def filled(block: Float32, median: Float64, indicated: NDArray[np.intp]) -> Float64:
    """float64[n, p + k]: gaps replaced by ``median``, then one indicator a column in ``indicated``."""
    missing = np.isnan(block)
    values = np.where(missing, median, block)
    return np.concatenate([values, missing[:, indicated]], axis=1, dtype=np.float64)
