"""Regression trees as arrays, which predict without the library that fitted them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...array_types import Float32, Float64


@dataclass(frozen=True, eq=False)
class TreeTable:
    """All nodes of all trees, one after the other.

    feature: column of a node's split, -1 at a leaf; threshold: values up to it go left; left, right:
    positions of the children among all nodes; gap_left: NaN goes left; value: output of a leaf;
    root: position of each tree's first node.
    """

    feature: NDArray[np.int32]
    threshold: Float64
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    gap_left: NDArray[np.bool_]
    value: Float64
    root: NDArray[np.int32]

    def outputs(self, block: Float32) -> Iterator[Float64]:
        """float64[n] a tree: the leaf value that each row of ``block`` falls to."""
        for root in self.root:
            node = np.full(len(block), root, np.int32)
            rows = np.flatnonzero(self.feature[node] >= 0)
            while len(rows):
                at = node[rows]
                x = block[rows, self.feature[at]].astype(np.float64)
                goes_left = np.where(np.isnan(x), self.gap_left[at], x <= self.threshold[at])
                node[rows] = np.where(goes_left, self.left[at], self.right[at])
                rows = rows[self.feature[node[rows]] >= 0]
            yield self.value[node]
