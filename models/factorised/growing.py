"""Trees grown level by level on the rows of a crossing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from ...array_types import Float64, Ints, Mask, UInt8
    from .bins import BinnedRows, Cuts

DEEPEST = 7
"""Splits on the way to a leaf that one byte a row can tell apart, at most."""


@dataclass(frozen=True)
class Growth:
    """Settings of a tree.

    ``least``: what a leaf weighs at least (weights of mean 1); ``penalty``: L2 of the values of leaves; ``row_share`` of the rows
    are seen by a tree, ``column_share`` of the columns by a level of it.
    """

    depth: int
    least: float
    penalty: float
    learning_rate: float
    row_share: float
    column_share: float


@dataclass(frozen=True, eq=False)
class Tree:
    """Nodes of one tree, the root first.

    feature: column of a node's split, -1 at a leaf; last: last bin that goes left; left, right: positions of the
    children; gap_left: NaN goes left; value: output of a leaf; total, heft: sum of the residuals and of the weights that a node was
    grown on.
    """

    feature: Ints
    last: Ints
    left: Ints
    right: Ints
    gap_left: Mask
    value: Float64
    total: Float64
    heft: Float64

    @classmethod
    def of_size(cls, nodes: int) -> Self:
        """Room for nodes, all of them leaves."""
        last, left, right = (np.zeros(nodes, np.int64) for _ in range(3))
        value, total, heft = (np.zeros(nodes) for _ in range(3))
        return cls(np.full(nodes, -1), last, left, right, np.zeros(nodes, np.bool_), value, total, heft)

    def route(self, rows: BinnedRows, node: UInt8) -> None:
        """Move every row that stands at a node with a split to the child that it falls to."""
        from . import kernels

        children = (self.feature, self.last, self.gap_left, self.left, self.right)
        kernels.route(rows.volume, rows.design, rows.by_volume, rows.by_design, rows.by_row, node, *children)

    def leaves(self, rows: BinnedRows, depth: int) -> UInt8:
        """uint8[n]: the leaf of each row."""
        node = np.zeros(len(rows), np.uint8)
        for _ in range(depth):
            self.route(rows, node)
        return node


@dataclass(frozen=True, eq=False)
class _Source:
    """Columns summed over the same units. bins: uint8[c, units]; columns: int[c], their positions in the matrix."""

    bins: UInt8
    columns: Ints


@dataclass(frozen=True, eq=False)
class _Sample:
    """Data of one tree. residual: float64[n]; volumes, designs: bool[V] and bool[D], those whose pairs it sees."""

    residual: Float64
    volumes: Mask
    designs: Mask


class Grower:
    """Growth of tree after tree on the same rows, whose volumes and designs are drawn anew for each.

    Rows are summed by slot and volume, and by slot and design; histograms of descriptors and scalars are made of those sums. Only
    a physics feature that varies with both is added up row by row; one that depends on the design alone counts as a scalar.
    """

    def __init__(self, rows: BinnedRows, cuts: Cuts, weight: Float64, growth: Growth, seed: int) -> None:
        self.rows, self.weight, self.growth = rows, weight, growth
        self._bins = np.array([len(own) + 1 for own in cuts.columns])
        self._of_volumes, self._of_designs, self._of_rows = _sources(rows)
        tables = ((rows.volume, rows.by_volume), (rows.design, rows.by_design))
        self._groups = [(np.unique(group), table.shape[1]) for group, table in tables]
        self._random = np.random.default_rng([seed, 0xFAC7])

    def grown(self, residual: Float64) -> tuple[Tree, UInt8]:
        """A tree on float64[n] residuals, and uint8[n], the leaf of each row."""
        tree, node = Tree.of_size(2 ** (self.growth.depth + 1) - 1), np.zeros(len(self.rows), np.uint8)
        sample = _Sample(residual, *self._drawn_groups())
        level, made = [0], 1
        for _ in range(self.growth.depth):
            level = self._split(tree, level, made, node, sample)
            if not level:
                break
            made += len(level)
            tree.route(self.rows, node)
        weighed = (tree.feature < 0) & (tree.heft > 0)
        mean = tree.total[weighed] / (tree.heft[weighed] + self.growth.penalty)
        tree.value[weighed] = self.growth.learning_rate * mean
        return tree, node

    def _split(self, tree: Tree, level: list[int], made: int, node: UInt8, sample: _Sample) -> list[int]:
        """Split the nodes of a level where that gains something; their children, which follow the ``made`` nodes."""
        from . import kernels

        slots = np.full(len(tree.value), kernels.OUTSIDE, np.uint8)
        slots[level] = np.arange(len(level))
        columns, histograms, totals = self._histograms(node, slots, len(level), sample)
        if made == 1:
            tree.total[0], tree.heft[0] = totals[0]
        children: list[int] = []
        for k, at in enumerate(level):
            number, last, gap_left, total, heft = kernels.best_split(
                histograms,
                self._bins[columns],
                k,
                tree.total[at],
                tree.heft[at],
                self.growth.least,
                self.growth.penalty,
            )
            if number < 0:
                continue
            left, right = made + len(children), made + len(children) + 1
            tree.feature[at], tree.last[at], tree.gap_left[at] = columns[number], last, gap_left
            tree.left[at], tree.right[at] = left, right
            tree.total[left], tree.heft[left] = total, heft
            tree.total[right], tree.heft[right] = tree.total[at] - total, tree.heft[at] - heft
            children += [left, right]
        return children

    def _histograms(self, node: UInt8, slots: UInt8, count: int, sample: _Sample) -> tuple[Ints, Float64, Float64]:
        """Columns drawn for a level, int[c]; their histograms, float64[c, count, 256, 2]; the sums of the slots, float64[count, 2]."""
        from . import kernels

        rows, residual, slot = self.rows, sample.residual, np.empty(len(self.rows), np.uint8)
        by_volume, by_design = (np.zeros((len(groups), count, 2)) for groups in (sample.volumes, sample.designs))
        kernels.sums(
            rows.volume, rows.design, sample.volumes, sample.designs, node, slots, residual, self.weight,
            slot, by_volume, by_design,
        )  # fmt: skip
        sources = (self._of_volumes, self._of_designs, self._of_rows)
        allowed = self._drawn_columns()
        chosen = [np.flatnonzero(allowed[of.columns]) for of in sources]
        histograms = np.zeros((int(allowed.sum()), count, 256, 2))
        first, second = np.cumsum([len(part) for part in chosen[:2]])
        kernels.unit_histograms(sources[0].bins, chosen[0], by_volume, histograms[:first])
        kernels.unit_histograms(sources[1].bins, chosen[1], by_design, histograms[first:second])
        kernels.row_histograms(sources[2].bins, chosen[2], residual, self.weight, slot, histograms[second:])
        columns = np.concatenate([of.columns[part] for of, part in zip(sources, chosen, strict=True)])
        return columns, histograms, by_design.sum(axis=0)

    def _drawn_groups(self) -> tuple[Mask, Mask]:
        """bool[V], bool[D]: some of the volumes and some of the designs, which have the share of rows between them."""
        several = sum(len(names) > 1 for names, _ in self._groups) or 1
        drawn = []
        for names, size in self._groups:
            mask = np.zeros(size, np.bool_)
            wanted = max(1, round(len(names) * min(self.growth.row_share, 1.0) ** (1 / several)))
            mask[names if len(names) == wanted else self._random.choice(names, wanted, replace=False)] = True
            drawn.append(mask)
        return drawn[0], drawn[1]

    def _drawn_columns(self) -> Mask:
        """bool[p]: the columns that a level may split by."""
        p = len(self._bins)
        drawn = np.zeros(p, np.bool_)
        drawn[self._random.choice(p, max(1, min(p, round(p * self.growth.column_share))), replace=False)] = True
        return drawn


def _sources(rows: BinnedRows) -> tuple[_Source, _Source, _Source]:
    """Columns summed by volume, by design and row by row."""
    p, q = len(rows.by_volume), len(rows.by_design)
    volumes = [(column, position) for position, column in enumerate(rows.by_volume)]
    designs = [(column, p + position) for position, column in enumerate(rows.by_design)]
    singles = []
    for position, column in enumerate(rows.by_row, start=p + q):
        of_design = _of_groups(column, rows.design, rows.by_design.shape[1])
        of_volume = _of_groups(column, rows.volume, rows.by_volume.shape[1])
        if of_design is not None:
            designs.append((of_design, position))
        elif of_volume is not None:
            volumes.append((of_volume, position))
        else:
            singles.append((column, position))
    sizes = (rows.by_volume.shape[1], rows.by_design.shape[1], len(rows))
    first, second, third = (_source(*item) for item in zip((volumes, designs, singles), sizes, strict=True))
    return first, second, third


def _of_groups(column: UInt8, group: Ints, groups: int) -> UInt8 | None:
    """uint8[groups]: the bin of each group, None where rows of one group are in several bins."""
    bins = np.zeros(groups, np.uint8)
    bins[group] = column
    return bins if np.array_equal(bins[group], column) else None


def _source(columns: list[tuple[UInt8, int]], units: int) -> _Source:
    bins = np.array([column for column, _ in columns], np.uint8).reshape(len(columns), units)
    return _Source(bins, np.array([position for _, position in columns], np.intp))
