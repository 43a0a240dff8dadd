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
    none = np.float32(0)
    for z in range(planes):
        for y in range(height):
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for x in range(width):
                # before the first cell is the last one, to which nothing leads unless the axis is periodic
                before, after = across[z - 1, y, x], across[z, y, x]
                above, below = down[z, y - 1, x], down[z, y, x]
                left, right = along[z, y, x - 1], along[z, y, x]
                inlet = ends[0, y, x] if z == 0 else none
                outlet = ends[1, y, x] if z + 1 == planes else none
                total = (before + inlet) + (after + outlet) + above + below + left + right
                i = start + x // 2
                inverse = np.float32(1) / total if total > 0 else none
                if x % 2 == colour:
                    weights[0, i] = before
                    weights[1, i] = after
                    weights[2, i] = above
                    weights[3, i] = below
                    weights[4, i] = right if colour == 0 else left
                    weights[5, i] = left if colour == 0 else right
                    diagonal[0, i] = inverse
                    diagonal[2, i] = total
                else:
                    diagonal[1, i] = inverse
    for direction in range(6):
        for z in range(planes):
            wrap_plane(geometry, seams, weights[direction], 0, z)
            wrap_end(geometry, seams, weights[direction], z)
