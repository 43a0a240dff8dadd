"""Sparse pores as a network of resistors, of which the simple nodes are eliminated exactly.

Near the percolation threshold most voxels have one or two neighbours. Dead ends carry nothing, chains
are resistors in series, and a node with three neighbours is a star that becomes a triangle
(Kennelly 1899): node after node is replaced by conductances between its neighbours, which is Gaussian
elimination with next to no fill. Of white noise at porosity 0.35 one node in fifteen is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Float64, Int32
from ..compile import kernel
from .voxels import scales_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .layout import Scales


SLOTS = 8
"""Neighbours that a node has room for: six voxels, and some fill."""
SIMPLE = 3
"""Neighbours that a node may have at most to be eliminated."""


@dataclass(frozen=True, eq=False)
class Resistors:
    """n nodes: ``count[i]`` neighbours ``node[i, :count[i]]`` joined by ``conductance``, ``ends`` the inlet and outlet.

    An eliminated node keeps the neighbours it had at that moment; ``order`` are those nodes in the
    order of their elimination, ``left`` the others. ``through`` joins inlet and outlet directly.
    """

    node: Int32
    conductance: Float32
    count: Int32
    ends: Float32
    order: Int32
    left: Int32
    through: float

    @classmethod
    def build(cls, grid: NDArray[np.uint8], scales: Scales = None) -> Resistors:
        """The reduced network of a grid of voxels (0 or 1) with flow along axis 0."""
        nodes = int(np.count_nonzero(grid))
        node = np.empty((nodes, SLOTS), np.int32)
        conductance = np.empty((nodes, SLOTS), np.float32)
        count = np.zeros(nodes, np.int32)
        ends = np.zeros((nodes, 2), np.float32)
        _join_voxels(scales_of(scales), grid, node, conductance, count, ends)
        order = np.empty(nodes, np.int32)
        alive = np.ones(nodes, np.bool_)
        gone, through = _eliminate(node, conductance, count, ends, alive, order)
        left = np.flatnonzero(alive).astype(np.int32)
        return cls(node, conductance, count, ends, order[:gone], left, through)

    def restore(self, potential: Float64) -> None:
        """Fill in the potentials (inlet 1, outlet 0) of the eliminated nodes from those that are left."""
        _restore(self.node, self.conductance, self.count, self.ends, self.order, potential)


@kernel
def _join(node: Int32, conductance: Float32, count: Int32, a: int, b: int, value: np.float32) -> None:
    """Add a conductance from a to b, beside one that may be there."""
    for k in range(count[a]):
        if node[a, k] == b:
            conductance[a, k] += value
            return
    node[a, count[a]] = b
    conductance[a, count[a]] = value
    count[a] += 1


@kernel
def _part(node: Int32, conductance: Float32, count: Int32, a: int, b: int) -> None:
    """Remove b from the neighbours of a."""
    last = count[a] - 1
    for k in range(last + 1):
        if node[a, k] == b:
            node[a, k] = node[a, last]
            conductance[a, k] = conductance[a, last]
            count[a] = last
            return


@kernel
def _join_voxels(
    scales: tuple[np.float32, np.float32, np.float32],
    grid: NDArray[np.uint8],
    node: Int32,
    conductance: Float32,
    count: Int32,
    ends: Float32,
) -> None:
    planes, height, width = grid.shape
    # numbers of the nodes of the plane before and of this one
    before = np.full((height, width), -1, np.int32)
    here = np.full((height, width), -1, np.int32)
    i = 0
    for z in range(planes):
        before, here = here, before
        for y in range(height):
            for x in range(width):
                here[y, x] = -1
                if grid[z, y, x] == 0:
                    continue
                here[y, x] = i
                if z == 0:
                    ends[i, 0] = 2
                if z == planes - 1:
                    ends[i, 1] = 2
                for other, value in (
                    (before[y, x] if z > 0 else -1, scales[0]),
                    (here[y - 1, x] if y > 0 else -1, scales[1]),
                    (here[y, x - 1] if x > 0 else -1, scales[2]),
                ):
                    if other >= 0:
                        _join(node, conductance, count, i, other, value)
                        _join(node, conductance, count, other, i, value)
                i += 1


@kernel
def _is_simple(count: Int32, ends: Float32, i: int, most: int) -> bool:
    return bool(count[i] + (ends[i, 0] > 0) + (ends[i, 1] > 0) <= most)


@kernel
def _eliminate(
    node: Int32, conductance: Float32, count: Int32, ends: Float32, alive: NDArray[np.bool_], order: Int32
) -> tuple[int, float]:
    """Eliminate nodes, those with the fewest neighbours first; returns how many, and inlet to outlet directly."""
    nodes, slots = node.shape
    stack = np.empty(nodes, np.int32)
    waits = np.zeros(nodes, np.bool_)
    through = 0.0
    gone = 0
    for most in range(1, SIMPLE + 1):
        top = 0
        for i in range(nodes - 1, -1, -1):
            if alive[i] and _is_simple(count, ends, i, most):
                stack[top] = i
                waits[i] = True
                top += 1
        while top > 0:
            top -= 1
            i = stack[top]
            waits[i] = False
            if not _is_simple(count, ends, i, most):
                continue
            degree = count[i]
            room = True
            for k in range(degree):
                room &= count[node[i, k]] + degree - 2 <= slots
            if not room:
                continue
            total = ends[i, 0] + ends[i, 1]
            for k in range(degree):
                total += conductance[i, k]
            if total <= 0:
                continue
            alive[i] = False
            order[gone] = i
            gone += 1
            through += np.float64(ends[i, 0]) * ends[i, 1] / total
            for k in range(degree):
                _part(node, conductance, count, node[i, k], i)
            for k in range(degree):
                a = node[i, k]
                share = conductance[i, k] / total
                ends[a, 0] += share * ends[i, 0]
                ends[a, 1] += share * ends[i, 1]
                for other in range(k + 1, degree):
                    b = node[i, other]
                    value = np.float32(share * conductance[i, other])
                    _join(node, conductance, count, a, b, value)
                    _join(node, conductance, count, b, a, value)
            for k in range(degree):
                a = node[i, k]
                if not waits[a] and _is_simple(count, ends, a, most):
                    stack[top] = a
                    waits[a] = True
                    top += 1
    return gone, through


@kernel
def _restore(node: Int32, conductance: Float32, count: Int32, ends: Float32, order: Int32, potential: Float64) -> None:
    for step in range(order.size - 1, -1, -1):
        i = order[step]
        total = np.float64(ends[i, 0]) + ends[i, 1]
        value = np.float64(ends[i, 0])
        for k in range(count[i]):
            total += conductance[i, k]
            value += conductance[i, k] * potential[node[i, k]]
        potential[i] = value / total
