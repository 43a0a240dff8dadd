"""Trees grown level by level on the rows of a crossing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from ...array_types import Float64, Intp, Ints, Mask, UInt8
    from .bins import BinnedRows, Cuts

DEEPEST = 7
"""Splits on the way to a leaf that one byte a row can tell apart, at most."""


@dataclass(frozen=True)
class Growth:
    """Settings of a tree.

    ``least``: what a leaf weighs at least (weights of mean 1); ``penalty``: L2 of the values of leaves; ``row_share`` of the rows
    and ``column_share`` of the columns are seen by a tree.
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
    columns: Intp


@dataclass(frozen=True, eq=False)
class _Sample:
    """Data of one tree. residual: float64[n]; node: uint8[n]; volumes, designs: bool[V] and bool[D], those whose pairs it sees.

    chosen: int[c] three times, the columns it may split by, as positions in those summed by volume, by design and by row;
    columns: their positions in the matrix.
    """

    residual: Float64
    node: UInt8
    volumes: Mask
    designs: Mask
    chosen: tuple[Intp, Intp, Intp]
    columns: Intp


@dataclass(frozen=True, eq=False)
class _Level:
    """Nodes of a tree that may be split, and their histograms, float64[nodes, c, bins, 2]."""

    nodes: list[int]
    histograms: Float64


class Grower:
    """Growth of tree after tree on the same rows, with volumes, designs and columns drawn anew for each.

    Rows are summed by node and volume, and by node and design; histograms of descriptors and scalars are made of those sums. Only
    a physics feature that varies with both is added up row by row; one that depends on the design alone counts as a scalar. Of two
    children the lighter is summed, and the other is what is left of their parent.
    """

    def __init__(self, rows: BinnedRows, cuts: Cuts, weight: Float64, growth: Growth, seed: int) -> None:
        self.rows, self.weight, self.growth = rows, weight, growth
        self.sources = _sources(rows)
        self._bins = np.array([len(own) + 1 for own in cuts.columns])
        self._width = int(self._bins.max()) + 1
        tables = ((rows.volume, rows.by_volume), (rows.design, rows.by_design))
        self._groups = [(np.unique(group), table.shape[1]) for group, table in tables]
        self._random = np.random.default_rng([seed, 0xFAC7])

    def grown(self, residual: Float64) -> tuple[Tree, UInt8]:
        """A tree on float64[n] residuals, and uint8[n], the leaf of each row."""
        tree = Tree.of_size(2 ** (self.growth.depth + 1) - 1)
        sample = self._drawn(residual)
        histograms = np.zeros((1, len(sample.columns), self._width, 2))
        tree.total[0], tree.heft[0] = self._sum(tree, [0], sample, histograms)[0]
        level, made = _Level([0], histograms), 1
        for depth in range(1, self.growth.depth + 1):
            parents = self._split(tree, level, made, sample)
            if not parents:
                break
            made += 2 * len(parents)
            tree.route(self.rows, sample.node)
            if depth < self.growth.depth:
                level = self._children(tree, level, parents, sample)
        weighed = (tree.feature < 0) & (tree.heft > 0)
        mean = tree.total[weighed] / (tree.heft[weighed] + self.growth.penalty)
        tree.value[weighed] = self.growth.learning_rate * mean
        return tree, sample.node

    def _split(self, tree: Tree, level: _Level, made: int, sample: _Sample) -> list[int]:
        """Split the nodes of a level where that gains something, into nodes that follow the ``made`` ones; the numbers of those split."""
        from . import kernels

        parents: list[int] = []
        bins, least, penalty = self._bins[sample.columns], self.growth.least, self.growth.penalty
        for number, at in enumerate(level.nodes):
            found, last, gap_left, total, heft = kernels.best_split(
                level.histograms[number], bins, tree.total[at], tree.heft[at], least, penalty
            )
            if found < 0:
                continue
            left, right = made + 2 * len(parents), made + 2 * len(parents) + 1
            tree.feature[at], tree.last[at], tree.gap_left[at] = sample.columns[found], last, gap_left
            tree.left[at], tree.right[at] = left, right
            tree.total[left], tree.heft[left] = total, heft
            tree.total[right], tree.heft[right] = tree.total[at] - total, tree.heft[at] - heft
            parents.append(number)
        return parents

    def _children(self, tree: Tree, level: _Level, parents: list[int], sample: _Sample) -> _Level:
        """The children of the nodes of a level that were split."""
        pairs = [(int(tree.left[level.nodes[number]]), int(tree.right[level.nodes[number]])) for number in parents]
        light = [left if tree.heft[left] < tree.heft[right] else right for left, right in pairs]
        heavy = [left + right - lighter for (left, right), lighter in zip(pairs, light, strict=True)]
        histograms = np.zeros((2 * len(pairs), *level.histograms.shape[1:]))
        summed, left_over = np.split(histograms, 2)
        self._sum(tree, light, sample, summed)
        np.subtract(level.histograms[parents], summed, out=left_over)
        return _Level([*light, *heavy], histograms)

    def _sum(self, tree: Tree, nodes: list[int], sample: _Sample, histograms: Float64) -> Float64:
        """Fill in the histograms of some nodes from the rows of the sample; their sums, float64[nodes, 2]."""
        from . import kernels

        rows, residual, slot = self.rows, sample.residual, np.empty(len(self.rows), np.uint8)
        slots = np.full(len(tree.value), kernels.OUTSIDE, np.uint8)
        slots[nodes] = np.arange(len(nodes))
        by_volume, by_design = (np.zeros((len(units), len(nodes), 2)) for units in (sample.volumes, sample.designs))
        kernels.sums(
            rows.volume, rows.design, sample.volumes, sample.designs, sample.node, slots, residual, self.weight,
            slot, by_volume, by_design,
        )  # fmt: skip
        volumes, designs, singles = (source.bins for source in self.sources)
        of_volumes, of_designs, of_rows = sample.chosen
        second = len(of_volumes) + len(of_designs)
        kernels.unit_histograms(volumes, of_volumes, by_volume, histograms, 0)
        kernels.unit_histograms(designs, of_designs, by_design, histograms, len(of_volumes))
        kernels.row_histograms(singles, of_rows, residual, self.weight, slot, histograms, second)
        totals: Float64 = by_design.sum(axis=0)
        return totals

    def _drawn(self, residual: Float64) -> _Sample:
        """What a tree sees: some volumes and some designs, which have the share of rows between them, and some columns."""
        several = sum(len(names) > 1 for names, _ in self._groups) or 1
        groups = []
        for names, size in self._groups:
            mask = np.zeros(size, np.bool_)
            wanted = max(1, round(len(names) * min(self.growth.row_share, 1.0) ** (1 / several)))
            mask[names if len(names) == wanted else self._random.choice(names, wanted, replace=False)] = True
            groups.append(mask)
        volumes, designs, singles = (self._some(len(of.columns)) for of in self.sources)
        chosen = (volumes, designs, singles)
        columns = np.concatenate([source.columns[part] for source, part in zip(self.sources, chosen, strict=True)])
        return _Sample(residual, np.zeros(len(self.rows), np.uint8), groups[0], groups[1], chosen, columns)

    def _some(self, columns: int) -> Intp:
        """Positions of the share of ``columns`` that a tree sees, at least one where there are any, ascending."""
        wanted = min(columns, max(1, round(columns * self.growth.column_share)))
        return np.arange(columns) if wanted == columns else np.sort(self._random.choice(columns, wanted, replace=False))


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
