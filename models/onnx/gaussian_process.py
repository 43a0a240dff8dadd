"""The mean of a Gaussian process: covariances with every training point, times their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..shared.crossed_kernel import SAME, Side, used
from ..shared.log_columns import LogColumns
from ..shared.standardise import Encoding
from .columns import encoded, with_logs
from .graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...array_types import Float64
    from ..gaussian_process import FittedGaussianProcess

_RESOLVED = 1e-12
"""Squared distances are resolved to this share of the squared lengths that they are the difference of."""


def gaussian_process(graph: Graph, fitted: FittedGaussianProcess) -> str:
    """The mean, kept to the range of training."""
    logs = LogColumns(fitted.log_positions, fitted.log_least)
    encoding = Encoding(fitted.median, fitted.indicated, fitted.mean, fitted.scale)
    z = encoded(graph, encoding, *with_logs(graph, logs, replaced=True))
    z = graph.clipped(z, fitted.nearest, fitted.furthest)
    key = int(fitted.key)
    design = Side.distinct(fitted.points[:, fitted.designs])
    volume = Side.distinct(fitted.points[:, fitted.volumes], key)
    covariances = _covariances(graph, z, fitted, design, volume)
    mean = graph.add("MatMul", covariances, fitted.dual[:, None])
    y = graph.add("Add", graph.add("Mul", mean, np.array([float(fitted.spread)])), np.array([float(fitted.offset)]))
    return graph.clipped(y, [fitted.low], [fitted.high])


def _covariances(graph: Graph, z: str, fitted: FittedGaussianProcess, design: Side, volume: Side) -> str:
    """float64[n, m], the sum of the terms of ``crossed_kernel`` that have a part."""
    kernel, key = fitted.kernel, volume.key
    part = used(design.points.shape[1], volume.points.shape[1], key) & (kernel > 0)
    design_length, length, key_length = (kernel[at] or 1.0 for at in (3, 4, 9))
    terms = []
    by_design = by_volume = None
    if part[[0, 2, 5, 8]].any():
        new = _chosen(graph, z, fitted.designs, design.others.shape[1])
        by_design = _Distances(graph, ((new, design.others, design_length),), design.of)
        terms += [by_design.scaled(kernel[0], by_design.near)] if part[0] else []
        terms += [by_design.scaled(kernel[5], by_design.same)] if part[5] else []
        terms += [by_design.scaled(kernel[8], graph.add("MatMul", new, design.others.T))] if part[8] else []
    if part[[1, 2, 6, 10]].any():
        keys = _chosen(graph, z, fitted.volumes[:key], key)
        others = _chosen(graph, z, fitted.volumes[key:], volume.others.shape[1])
        sides = ((keys, volume.keys, key_length), (others, volume.others, length))
        by_volume = _Distances(graph, tuple(side for side in sides if side[1].shape[1]), volume.of)
        terms += [by_volume.scaled(kernel[1], by_volume.near)] if part[1] else []
        terms += [by_volume.scaled(kernel[6], by_volume.same)] if part[6] else []
        terms += [by_volume.scaled(kernel[10], graph.add("MatMul", keys, volume.keys.T))] if part[10] else []
    if part[2] and by_design is not None and by_volume is not None:
        both = graph.add("Mul", by_design.scaled(kernel[2], by_design.near), by_volume.scaled(1.0, by_volume.near))
        terms.append(both)
    total = terms[0]
    for term in terms[1:]:
        total = graph.add("Add", total, term)
    return total


def _chosen(graph: Graph, z: str, positions: NDArray[np.intp], width: int) -> str:
    """float64[n, width]: some standardised columns, divided by the root of their number."""
    return graph.add("Div", graph.add("Gather", z, positions.astype(np.int64), axis=1), np.sqrt([max(width, 1.0)]))


class _Distances:
    """Covariances by the distance to the distinct training points of one side, float64[n, u], and to rows, [n, m]."""

    def __init__(self, graph: Graph, parts: tuple[tuple[str, Float64, float], ...], of: NDArray[np.intp]) -> None:
        self.graph, self.of = graph, of
        squared = size = None
        for new, points, length in parts:
            own = graph.add("ReduceSum", graph.add("Mul", new, new), np.array([1]), keepdims=1)
            sizes = graph.add("Add", own, (points**2).sum(axis=1)[None, :])
            cross = graph.add("MatMul", new, 2 * points.T)
            found = [graph.add("Div", item, np.array([length**2])) for item in (graph.add("Sub", sizes, cross), sizes)]
            squared = found[0] if squared is None else graph.add("Add", squared, found[0])
            size = found[1] if size is None else graph.add("Add", size, found[1])
        self._squared = graph.add("Max", str(squared), np.zeros(1))
        self._size = str(size)

    @property
    def near(self) -> str:
        """Matérn 5/2."""
        add = self.graph.add
        scaled = add("Sqrt", add("Mul", self._squared, np.array([5.0])))
        third = add("Div", add("Mul", scaled, scaled), np.array([3.0]))
        return add("Mul", add("Add", add("Add", scaled, third), np.ones(1)), add("Exp", add("Neg", scaled)))

    @property
    def same(self) -> str:
        """1 where both are the same point."""
        add = self.graph.add
        resolved = add("Max", add("Mul", self._size, np.array([_RESOLVED])), np.array([SAME]))
        return self.graph.double(add("Less", self._squared, resolved))

    def scaled(self, variance: float, values: str) -> str:
        """float64[n, m]: values of the distinct points at the training rows, times a variance."""
        rows = self.graph.add("Gather", values, self.of.astype(np.int64), axis=1)
        return self.graph.add("Mul", rows, np.array([variance]))
