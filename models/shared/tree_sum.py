"""Fitted boosters whose whole state is the arrays of their trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float64
from ..base import Prediction, Rows
from .arrays import NpzModel
from .checks import checked_columns
from .tree_table import TreeTable

if TYPE_CHECKING:
    from ...array_types import Float32


@dataclass(frozen=True, eq=False)
class TreeSum(NpzModel):
    """Baseline plus the outputs of all trees, on the scale that was learned; the arrays are those of ``TreeTable``."""

    columns: NDArray[np.str_]
    baseline: Float64
    feature: NDArray[np.int32]
    threshold: Float64
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    gap_left: NDArray[np.bool_]
    value: Float64
    root: NDArray[np.int32]

    @property
    def rounds(self) -> int:
        """Number of trees."""
        return len(self.root)

    @property
    def table(self) -> TreeTable:
        """The trees alone."""
        return TreeTable(self.feature, self.threshold, self.left, self.right, self.gap_left, self.value, self.root)

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches; ModelError where the columns are not those of training."""
        checked_columns(rows, self.names)
        parts = [self.baseline + self.summed(block) for block in rows.batches()]
        return Prediction(np.concatenate([np.zeros(0), *parts]).astype(np.float32))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of training."""
        return tuple(str(name) for name in self.columns)

    def summed(self, block: Float32) -> Float64:
        """float64[n]: the sum of all trees for a matrix."""
        return sum(self.table.outputs(block), np.zeros(len(block)))
