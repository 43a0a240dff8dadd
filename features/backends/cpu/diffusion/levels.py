"""The levels of the multigrid cycle in one set of buffers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel
from .conductance import aggregate, even_seams
from .halo import close
from .layout import Layout

if TYPE_CHECKING:
    from .conductance import Conductances
    from .layout import Wraps


SMALLEST = 2
"""A level with no side longer than this is the last."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels of cells, finest first, one after the other in each buffer.

    table: one row a level, that of ``Layout.numbers``; its offset counts arrays of one colour. weights: per level 6 arrays
    over the red cells, conductances towards z - 1, z + 1, y - 1, y + 1, the black cell at the same place, the other one
    along x. diagonal: inverse of red, of black. potential, source: red, black. scratch: as long as a plane of the first
    level, with one more after each row.
    """

    table: Int64
    weights: Float32
    diagonal: Float32
    potential: Float32
    source: Float32
    scratch: Float32


def build_levels(finest: Conductances, wraps: Wraps = (False, False, False)) -> Levels:
    """The levels from some cells on, with flow along axis 0; of even length along axes that wrap."""
    grids, layouts = [finest], [Layout(_shape(finest), wraps)]
    while max(grids[-1].z.shape) > SMALLEST:
        coarse, wraps = even_seams(aggregate(grids[-1]), wraps)
        grids.append(coarse)
        layouts.append(Layout(_shape(coarse), wraps))
    offsets = np.cumsum([0, *(layout.size for layout in layouts)])
    table = np.stack([layout.numbers(offset) for layout, offset in zip(layouts, offsets, strict=False)])
    weights, diagonal, potential, source = (np.zeros(count * int(offsets[-1]), np.float32) for count in (6, 2, 2, 2))
    for grid, layout, start in zip(grids, layouts, offsets, strict=False):
        end = start + layout.size
        lay_out(layout.numbers(), *grid, weights[6 * start : 6 * end], diagonal[2 * start : 2 * end])
    _, height, width = layouts[0].shape
    return Levels(table, weights, diagonal, potential, source, np.zeros(height * (width + 1), np.float32))


def _shape(grid: Conductances) -> tuple[int, int, int]:
    z, y, x = grid.z.shape
    return z, y, x


@kernel
def lay_out(
    layout: Int64,
    across: Float32,
    down: Float32,
    along: Float32,
    ends: Float32,
    weights: Float32,
    diagonal: Float32,
) -> None:
    """Sort the conductances of cells by colour: six arrays of weights and two of the diagonal, as ``Levels`` has them."""
    planes, height, width = across.shape
    lead, block, pitch = layout[1], layout[2], layout[3]
    size, none = layout[11], np.float32(0)
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
                    weights[i] = before
                    weights[size + i] = after
                    weights[2 * size + i] = above
                    weights[3 * size + i] = below
                    weights[4 * size + i] = right if colour == 0 else left
                    weights[5 * size + i] = left if colour == 0 else right
                    diagonal[i] = inverse
                else:
                    diagonal[size + i] = inverse
    for direction in range(6):
        for z in range(planes):
            close(layout, weights, direction * size, 0, z)
