"""Weighted graphs in compressed rows, and graphs of aggregates of their nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Float64, Int32
from ..compile import kernel

if TYPE_CHECKING:
    from .resistors import Resistors


@dataclass(frozen=True, eq=False)
class Graph:
    """Node i has the neighbours ``node[first[i]:first[i + 1]]``; ``diagonal`` adds its conductance to the ends."""

    first: Int32
    node: Int32
    conductance: Float64
    diagonal: Float64

    def __len__(self) -> int:
        return len(self.diagonal)

    @classmethod
    def of(cls, network: Resistors) -> Graph:
        """The nodes that are left of a network."""
        first = np.zeros(len(network.left) + 1, np.int32)
        np.cumsum(network.count[network.left], out=first[1:])
        node, conductance = np.empty(first[-1], np.int32), np.empty(first[-1], np.float64)
        diagonal = network.ends[network.left].sum(axis=1, dtype=np.float64)
        _compress(network.left, network.node, network.conductance, network.count, first, node, conductance, diagonal)
        return cls(first, node, conductance, diagonal)

    def times(self, x: Float64) -> Float64:
        """The product of the matrix (diagonal less conductances) and x."""
        out = np.empty_like(x)
        _multiply(self.first, self.node, self.conductance, self.diagonal, x, out)
        return out

    def dense(self) -> Float64:
        """The matrix, float64[n, n]."""
        matrix = np.diag(self.diagonal)
        rows = np.repeat(np.arange(len(self)), np.diff(self.first))
        matrix[rows, self.node] = -self.conductance
        return matrix

    def contracted(self, aggregate: Int32, number: int) -> Graph:
        """The graph of the aggregates: conductances between them summed, those within gone."""
        first = np.zeros(number + 1, np.int32)
        node, conductance = np.empty_like(self.node), np.empty_like(self.conductance)
        diagonal = np.zeros(number, np.float64)
        used = _contract(
            self.first, self.node, self.conductance, self.diagonal, aggregate, first, node, conductance, diagonal
        )
        return Graph(first, node[:used].copy(), conductance[:used].copy(), diagonal)


def match(graph: Graph) -> tuple[Int32, int]:
    """Pair each node with the free neighbour that it is joined to best: aggregate of each node, their number.

    A node whose neighbours are all taken joins the pair of the best one. A node without neighbours has
    the aggregate -1: relaxing it solves it.
    """
    aggregate = np.full(len(graph), -1, np.int32)
    return aggregate, _match(graph.first, graph.node, graph.conductance, aggregate)


@kernel
def _compress(
    left: Int32,
    slots: Int32,
    values: Float32,
    count: Int32,
    first: Int32,
    node: Int32,
    conductance: Float64,
    diagonal: Float64,
) -> None:
    number = np.full(count.size, -1, np.int32)
    for i in range(left.size):
        number[left[i]] = i
    for i in range(left.size):
        for k in range(count[left[i]]):
            node[first[i] + k] = number[slots[left[i], k]]
            conductance[first[i] + k] = values[left[i], k]
            diagonal[i] += values[left[i], k]


@kernel
def _match(first: Int32, node: Int32, conductance: Float64, aggregate: Int32) -> int:
    number = 0
    for i in range(aggregate.size):
        if aggregate[i] >= 0:
            continue
        free, nearest = -1, -1
        strongest, strong = 0.0, 0.0
        for k in range(first[i], first[i + 1]):
            if conductance[k] > strong:
                nearest, strong = node[k], conductance[k]
            if aggregate[node[k]] < 0 and conductance[k] > strongest:
                free, strongest = node[k], conductance[k]
        if free >= 0:
            aggregate[i] = aggregate[free] = number
            number += 1
        elif nearest >= 0:
            aggregate[i] = aggregate[nearest]
    return number


@kernel
def _contract(
    first: Int32,
    node: Int32,
    conductance: Float64,
    diagonal: Float64,
    aggregate: Int32,
    coarse_first: Int32,
    coarse_node: Int32,
    coarse_conductance: Float64,
    coarse_diagonal: Float64,
) -> int:
    number = coarse_diagonal.size
    # members of each aggregate as a list
    head, following = np.full(number, -1, np.int32), np.full(aggregate.size, -1, np.int32)
    for i in range(aggregate.size - 1, -1, -1):
        if aggregate[i] < 0:
            continue
        following[i] = head[aggregate[i]]
        head[aggregate[i]] = i
    place = np.full(number, -1, np.int32)
    used = 0
    for c in range(number):
        start = used
        i = head[c]
        while i >= 0:
            coarse_diagonal[c] += diagonal[i]
            for k in range(first[i], first[i + 1]):
                other = aggregate[node[k]]
                if other == c:
                    coarse_diagonal[c] -= conductance[k]
                elif place[other] >= start:
                    coarse_conductance[place[other]] += conductance[k]
                else:
                    place[other] = used
                    coarse_node[used] = other
                    coarse_conductance[used] = conductance[k]
                    used += 1
            i = following[i]
        coarse_first[c + 1] = used
    return used


@kernel(fastmath=True)
def dot(a: Float64, b: Float64) -> float:
    """The inner product, on one thread."""
    # numpy would call a BLAS of many threads, which spend more time waiting than adding
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@kernel
def _multiply(first: Int32, node: Int32, conductance: Float64, diagonal: Float64, x: Float64, out: Float64) -> None:
    for i in range(x.size):
        total = diagonal[i] * x[i]
        for k in range(first[i], first[i + 1]):
            total -= conductance[k] * x[node[k]]
        out[i] = total
