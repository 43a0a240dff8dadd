"""The coarse levels of the multigrid cycle in one set of buffers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel
from .conductance import Conductances, aggregate, aggregate_voxels
from .layout import Layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .layout import Geometry


SMALLEST = 2
"""A level with no side longer than this is the last."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Coarse levels, finest first, one after the other in each buffer.

    table: one row a level: its ``Geometry``, height, width, offset, size, where ``offset`` counts
    arrays of one colour. weights: per level 6 arrays over the red cells, conductances towards z - 1,
    z + 1, y - 1, y + 1, the black cell at the same place, the other one along x. diagonal: inverse red,
    inverse black, red. potential, source: red, black.
    """

    table: Int64
    weights: Float32
    diagonal: Float32
    potential: Float32
    source: Float32


def build_levels(voxels: NDArray[np.uint8]) -> Levels:
    """The levels above a grid of voxels, 0 or 1, with flow along axis 0."""
    grids = [aggregate_voxels(voxels)]
    while max(grids[-1].z.shape) > SMALLEST:
        grids.append(aggregate(grids[-1]))
    layouts = [Layout(_shape(grid)) for grid in grids]
    table = np.zeros((len(grids), 9), np.int64)
    offset = 0
    for row, layout in zip(table, layouts, strict=True):
        row[:] = (*layout.geometry, *layout.shape[1:], offset, layout.size)
        offset += layout.size
    levels = Levels(table, *(np.zeros(count * offset, np.float32) for count in (6, 3, 2, 2)))
    for grid, layout, row in zip(grids, layouts, table, strict=True):
        start, size = row[7], row[8]
        weights = levels.weights[6 * start : 6 * (start + size)].reshape(6, size)
        diagonal = levels.diagonal[3 * start : 3 * (start + size)].reshape(3, size)
        _lay_out(layout.geometry, *grid, weights, diagonal)
    return levels


def _shape(grid: Conductances) -> tuple[int, int, int]:
    z, y, x = grid.z.shape
    return z, y, x


@kernel
def _lay_out(
    geometry: Geometry,
    across: Float32,
    down: Float32,
    along: Float32,
    ends: Float32,
    weights: Float32,
    diagonal: Float32,
) -> None:
    planes, height, width = across.shape
    _, lead, block, pitch, _ = geometry
    none = np.float32(0)
    for z in range(planes):
        for y in range(height):
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for x in range(width):
                before = across[z - 1, y, x] if z > 0 else ends[0, y, x]
                after = across[z, y, x] if z + 1 < planes else ends[1, y, x]
                above = down[z, y - 1, x] if y > 0 else none
                below = down[z, y, x] if y + 1 < height else none
                left = along[z, y, x - 1] if x > 0 else none
                right = along[z, y, x] if x + 1 < width else none
                total = before + after + above + below + left + right
                i = start + x // 2
                inverse = np.float32(1) / total if total > 0 else none
                if x % 2 == colour:
                    weights[0, i] = before if z > 0 else none
                    weights[1, i] = after if z + 1 < planes else none
                    weights[2, i] = above
                    weights[3, i] = below
                    weights[4, i] = right if colour == 0 else left
                    weights[5, i] = left if colour == 0 else right
                    diagonal[0, i] = inverse
                    diagonal[2, i] = total
                else:
                    diagonal[1, i] = inverse
