"""Logarithms of columns that are positive and span decades: the one place where models take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..base import BATCH_ROWS

if TYPE_CHECKING:
    from ...array_types import Float32, Float64
    from ..base import Rows

BELOW_TRAINING = 0.5
"""A later value is not taken for less than this share of the least one of training, 0 and negative ones included."""


@dataclass(frozen=True, eq=False)
class LogColumns:
    """The k columns of a matrix that get a logarithm: intp[k] positions and float64[k] least values of training."""

    positions: NDArray[np.intp]
    least: Float64

    @classmethod
    def of(cls, rows: Rows) -> LogColumns:
        """The columns that are declared so (``Columns.log``) and in training are positive wherever they are known."""
        names = rows.columns.names
        declared = np.flatnonzero([name in rows.columns.log for name in names])
        least = np.full(len(declared), np.inf)
        if len(declared):
            for block in rows.batches(BATCH_ROWS):
                least = np.fmin(least, np.fmin.reduce(block[:, declared].astype(np.float64), axis=0))
        kept = np.isfinite(least) & (least > 0)
        return cls(declared[kept], least[kept])

    def logarithms(self, block: Float32) -> Float32:
        """float32[n, k]; NaN stays NaN."""
        values = block[:, self.positions].astype(np.float64)
        return np.log(np.maximum(values, BELOW_TRAINING * self.least)).astype(np.float32)

    def appended(self, block: Float32) -> Float32:
        """float32[n, p + k]: the matrix with the logarithms behind it."""
        return np.concatenate([block, self.logarithms(block)], axis=1)

    def replaced(self, block: Float32) -> Float32:
        """float32[n, p]: the matrix with the logarithms in place of their columns."""
        changed = block.copy()
        changed[:, self.positions] = self.logarithms(block)
        return changed
