"""The levels of the multigrid cycle in one set of buffers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel
from .conductance import aggregate, even_seams
from .halo import wrap_end, wrap_plane
from .layout import Layout

if TYPE_CHECKING:
    from .conductance import Conductances
    from .layout import Geometry, Seams, Wraps


SMALLEST = 2
"""A level with no side longer than this is the last."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels of cells, finest first, one after the other in each buffer.

    table: one row a level: its ``Geometry``, its ``Seams``, offset, size, where ``offset`` counts
    arrays of one colour. weights: per level 6 arrays over the red cells, conductances towards z - 1,
    z + 1, y - 1, y + 1, the black cell at the same place, the other one along x. diagonal: inverse red,
    inverse black, red. potential, source: red, black.
    """

    table: Int64
    weights: Float32
    diagonal: Float32
    potential: Float32
    source: Float32


def build_levels(finest: Conductances, wraps: Wraps = (False, False, False)) -> Levels:
    """The levels from some cells on, with flow along axis 0; of even length along axes that wrap."""
    grids, layouts = [finest], [Layout(_shape(finest), wraps)]
    while max(grids[-1].z.shape) > SMALLEST:
        coarse, wraps = even_seams(aggregate(grids[-1]), wraps)
        grids.append(coarse)
        layouts.append(Layout(_shape(coarse), wraps))
    table = np.zeros((len(grids), 12), np.int64)
    offset = 0
    for row, layout in zip(table, layouts, strict=True):
        row[:] = (*layout.geometry, *layout.seams, offset, layout.size)
        offset += layout.size
    levels = Levels(table, *(np.zeros(count * offset, np.float32) for count in (6, 3, 2, 2)))
    for grid, layout, row in zip(grids, layouts, table, strict=True):
        start, size = row[10], row[11]
        weights = levels.weights[6 * start : 6 * (start + size)].reshape(6, size)
        diagonal = levels.diagonal[3 * start : 3 * (start + size)].reshape(3, size)
        lay_out(layout.geometry, layout.seams, *grid, weights, diagonal)
    return levels


def _shape(grid: Conductances) -> tuple[int, int, int]:
    z, y, x = grid.z.shape
    return z, y, x


@kernel
def lay_out(
    geometry: Geometry,
    seams: Seams,
    across: Float32,
    down: Float32,
    along: Float32,
    ends: Float32,
    weights: Float32,
    diagonal: Float32,
) -> None:
    """Sort the conductances of cells by colour: weights [6, size] and diagonal [3, size], as ``Levels`` has them."""
    planes, height, width = across.shape
    _, lead, block, pitch, _ = geometry
    total, inverse, left, none = np.zeros((4, width), np.float32)
    for z in range(planes):
        for y in range(height):
            # before the first cell is the last one, to which nothing leads unless the axis is periodic
            before, after = across[z - 1, y], across[z, y]
            above, below = down[z, y - 1], down[z, y]
            right = along[z, y]
            left[0] = right[width - 1]
            left[1:] = right[: width - 1]
            inlet = ends[0, y] if z == 0 else none
            outlet = ends[1, y] if z + 1 == planes else none
            _total(total, inverse, before, inlet, after, outlet, above, below, left, right)
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            same, other = (right, left) if colour == 0 else (left, right)
            for i in range((width - colour + 1) // 2):
                x = 2 * i + colour
                weights[0, start + i] = before[x]
                weights[1, start + i] = after[x]
                weights[2, start + i] = above[x]
                weights[3, start + i] = below[x]
                weights[4, start + i] = same[x]
                weights[5, start + i] = other[x]
                diagonal[0, start + i] = inverse[x]
                diagonal[2, start + i] = total[x]
            for i in range((width + colour) // 2):
                diagonal[1, start + i] = inverse[2 * i + 1 - colour]
    for direction in range(6):
        for z in range(planes):
            wrap_plane(geometry, seams, weights[direction], 0, z)
            wrap_end(geometry, seams, weights[direction], z)


@kernel(unchecked=True)
def _total(
    total: Float32,
    inverse: Float32,
    before: Float32,
    inlet: Float32,
    after: Float32,
    outlet: Float32,
    above: Float32,
    below: Float32,
    left: Float32,
    right: Float32,
) -> None:
    """The sum of the conductances of each cell of a row and its inverse, 0 where nothing conducts."""
    for x in range(total.size):
        conducts = (before[x] + inlet[x]) + (after[x] + outlet[x]) + above[x] + below[x] + left[x] + right[x]
        total[x] = conducts
        inverse[x] = np.float32(1) / conducts if conducts > 0 else np.float32(0)
