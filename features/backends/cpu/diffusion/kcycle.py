"""The K-cycle of algebraic multigrid: the preconditioner of a resistor network.

Aggregates are pairs of pairs of strongly joined nodes; on every level up to two steps of conjugate
gradients, each preconditioned by the next level, scale the correction.

Notay, Y.: An aggregation-based algebraic multigrid method. ETNA 37 (2010), 123-146.
Livne, O. E., Brandt, A.: Lean algebraic multigrid (LAMG). SIAM J. Sci. Comput. 34 (2012), B499-B522.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .....array_types import Float64, Int32
from ..compile import kernel
from .graph import Graph, dot, match

_DIRECT = 100
"""Nodes up to which the system is solved directly."""
_ENOUGH = 0.25
"""Reduction of the residual by the first inner step that makes the second one needless."""


class Level(NamedTuple):
    """A graph, the aggregate of each of its nodes (-1: none) and the number of aggregates."""

    graph: Graph
    aggregate: Int32
    number: int


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Graphs of ever larger aggregates, and the last of them with the inverse of its matrix."""

    levels: tuple[Level, ...]
    last: Graph
    inverse: Float64

    @classmethod
    def build(cls, graph: Graph) -> Hierarchy:
        """Coarsen a graph until it can be solved directly."""
        levels = []
        while len(graph) > _DIRECT:
            pairs, number = match(graph)
            paired = graph.contracted(pairs, number)
            fours, number = match(paired)
            aggregate = np.full(len(graph), -1, np.int32)
            aggregate[pairs >= 0] = fours[pairs[pairs >= 0]]
            levels.append(Level(graph, aggregate, number))
            graph = paired.contracted(fours, number)
        return cls(tuple(levels), graph, np.linalg.inv(graph.dense()).astype(np.float64))

    def cycle(self, r: Float64, number: int = 0) -> Float64:
        """One cycle for A x = r from level ``number`` down."""
        if number == len(self.levels):
            solution = np.empty_like(r)
            _apply(self.inverse, r, solution)
            return solution
        graph, aggregate, size = self.levels[number]
        x = np.zeros_like(r)
        coarse = np.zeros(size, np.float64)
        _forward(graph.first, graph.node, graph.conductance, graph.diagonal, r, x)
        _restrict(graph.first, graph.node, graph.conductance, graph.diagonal, r, x, aggregate, coarse)
        _prolong(self._correction(coarse, number + 1), aggregate, x)
        _backward(graph.first, graph.node, graph.conductance, graph.diagonal, r, x)
        return x

    def _correction(self, r: Float64, number: int) -> Float64:
        """At most two steps of conjugate gradients preconditioned by ``cycle``."""
        c = self.cycle(r, number)
        if number == len(self.levels):
            return c
        graph = self.levels[number].graph
        v = graph.times(c)
        first, gain = dot(c, v), dot(c, r)
        if not first > 0.0:
            return c
        rest = r - (gain / first) * v
        if dot(rest, rest) <= _ENOUGH**2 * dot(r, r):
            return (gain / first) * c
        d = self.cycle(rest, number)
        mixed, second = dot(d, v), dot(d, rest)
        curvature = dot(d, graph.times(d)) - mixed * mixed / first
        if not curvature > 0.0:
            return (gain / first) * c
        return (gain / first - mixed * second / (first * curvature)) * c + (second / curvature) * d


@kernel
def _apply(matrix: Float64, x: Float64, out: Float64) -> None:
    for i in range(x.size):
        out[i] = 0.0
        for k in range(x.size):
            out[i] += matrix[i, k] * x[k]


@kernel
def _forward(first: Int32, node: Int32, conductance: Float64, diagonal: Float64, r: Float64, x: Float64) -> None:
    """A sweep of Gauss-Seidel, first node first."""
    for i in range(x.size):
        total = r[i]
        for k in range(first[i], first[i + 1]):
            total += conductance[k] * x[node[k]]
        x[i] = total / diagonal[i]


@kernel
def _backward(first: Int32, node: Int32, conductance: Float64, diagonal: Float64, r: Float64, x: Float64) -> None:
    """A sweep of Gauss-Seidel, last node first."""
    for i in range(x.size - 1, -1, -1):
        total = r[i]
        for k in range(first[i], first[i + 1]):
            total += conductance[k] * x[node[k]]
        x[i] = total / diagonal[i]


@kernel
def _restrict(
    first: Int32,
    node: Int32,
    conductance: Float64,
    diagonal: Float64,
    r: Float64,
    x: Float64,
    aggregate: Int32,
    coarse: Float64,
) -> None:
    """Sum the residual over the aggregates."""
    for i in range(x.size):
        total = r[i] - diagonal[i] * x[i]
        for k in range(first[i], first[i + 1]):
            total += conductance[k] * x[node[k]]
        if aggregate[i] >= 0:
            coarse[aggregate[i]] += total


@kernel
def _prolong(coarse: Float64, aggregate: Int32, x: Float64) -> None:
    for i in range(x.size):
        if aggregate[i] >= 0:
            x[i] += coarse[aggregate[i]]
