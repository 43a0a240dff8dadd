"""Exact TreeSHAP of trees that are arrays: the contribution of each column to the output of each row.

The game is the path-dependent one of Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9: a column that is left out sends a
row to both children, in proportion to the training weight that went there. A tree is the sum of its leaves, and for one leaf that game is a
product over the columns of its path: o of column i is 1 where the row keeps to the path at its splits by i, else 0, and z is the share of
the training weight that does. The Shapley value of such a product is an integral over how much of all others is known,

    value (o_i - z_i) * integral from 0 to 1 over t of product over j != i of (z_j + (o_j - z_j) t),

of a polynomial of a degree below the columns of the path, so Gauss's formula is exact. Since o are zeros and ones,
all that rows can get from a leaf is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...array_types import Float32, Float64, Mask
    from .tree_table import TreeTable


@dataclass(frozen=True)
class _Split:
    """One split on the way to a leaf, and the share of its node's training weight that goes the same way."""

    node: int
    to_left: bool
    share: float


def tree_contributions(table: TreeTable, weight: Float64, block: Float32) -> Float64:
    """float64[n, p + 1]: what the p columns of a matrix give to the sum of all trees, and what no column does, last.

    weight: float64[nodes], training weight of each node. Rows add up to the output of the trees.
    """
    found = np.zeros((len(block), block.shape[1] + 1))
    for root in table.root:
        goes_left: dict[int, Mask] = {}
        for leaf, path in _paths(table, weight, int(root)):
            for split in path:
                if split.node not in goes_left:
                    goes_left[split.node] = _goes_left(table, split.node, block)
            _add_leaf(found, float(table.value[leaf]), path, table, goes_left)
    return found


def _add_leaf(
    found: Float64, value: float, path: tuple[_Split, ...], table: TreeTable, goes_left: dict[int, Mask]
) -> None:
    by_column: dict[int, list[_Split]] = {}
    for split in path:
        by_column.setdefault(int(table.feature[split.node]), []).append(split)
    shares = np.array([np.prod([split.share for split in splits]) for splits in by_column.values()])
    found[:, -1] += value * shares.prod()
    if not by_column:
        return
    pattern = np.zeros(len(found), np.intp)
    for number, splits in enumerate(by_column.values()):
        keeps = np.logical_and.reduce([goes_left[split.node] == split.to_left for split in splits])
        pattern |= keeps.astype(np.intp) << number
    found[:, list(by_column)] += value * _shapley_values(shares)[pattern]


def _shapley_values(shares: Float64) -> Float64:
    """float64[2^m, m]: values of m columns in the product game of a leaf, by which of them keep to its path (bit by bit)."""
    m = len(shares)
    keeps = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
    known = keeps - shares
    points, weights = np.polynomial.legendre.leggauss(m // 2 + 1)
    values = np.zeros((2**m, m))
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        factors = shares + known * point
        for column in range(m):
            values[:, column] += weight * known[:, column] * np.delete(factors, column, axis=1).prod(axis=1)
    return values


def _paths(table: TreeTable, weight: Float64, root: int) -> Iterator[tuple[int, tuple[_Split, ...]]]:
    """The leaves of a tree with the splits that lead to them."""
    waiting: list[tuple[int, tuple[_Split, ...]]] = [(root, ())]
    while waiting:
        node, path = waiting.pop()
        if table.feature[node] < 0:
            yield node, path
            continue
        left, right = int(table.left[node]), int(table.right[node])
        for child, to_left in ((left, True), (right, False)):
            waiting.append((child, (*path, _Split(node, to_left, float(weight[child] / weight[node])))))


def _goes_left(table: TreeTable, node: int, block: Float32) -> Mask:
    x = block[:, table.feature[node]]
    goes: Mask = np.where(np.isnan(x), table.gap_left[node], x <= table.threshold[node])
    return goes
