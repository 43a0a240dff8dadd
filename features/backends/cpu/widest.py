"""The widest way in: for each voxel the radius of the largest ball that reaches it from one face.

A voxel's width is the smaller of its own squared distance and the largest width next to it. Whole rows
take the widest way over the four rows next to them and then over themselves, in vector instructions;
rows next to one that changed are taken again, in sweeps up and down, until none changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .axis_order import turned, turned_back
from .compile import kernel
from .distance import whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Float32
    from .distance import Whole


def bottleneck_map(squared_distance: Whole | Float32, axis: int, side: int) -> Whole:
    """The largest over face-connected paths from a face of their smallest squared distance; 0 where none leads.

    ``squared_distance`` holds whole numbers, 0 outside the phase, or is infinite where there is no wall, and
    then no way has a width; the result is read-only.
    """
    squared_distance = whole(squared_distance)
    limit = turned(squared_distance, axis, side, squared_distance.dtype)
    width = np.zeros(tuple(length + 2 for length in limit.shape), limit.dtype)
    width[1, 1:-1, 1:-1] = limit[0]
    stale = np.zeros(width.shape[:2], np.bool_)
    stale[1:3, 1:-1] = True
    _sweep(width, limit, stale)
    result = np.ascontiguousarray(turned_back(width[1:-1, 1:-1, 1:-1], axis, side))
    result.flags.writeable = False
    return result


@kernel
def _sweep(width: Whole, limit: Whole, stale: NDArray[np.bool_]) -> None:
    """Widen rows until none is stale; ``width`` and ``stale`` have a border of one."""
    depth, height, length = limit.shape
    row = np.empty(length, limit.dtype)
    for y in range(height):
        _widen_within(width[1, y + 1], limit[0, y], row)
    busy, upward = True, True
    while busy:
        busy = False
        for i in range(1, depth + 1):
            z = i if upward else depth + 1 - i
            for j in range(2 * height):
                y = j + 1 if j < height else 2 * height - j
                if stale[z, y]:
                    stale[z, y] = False
                    busy = True
                    if _widen_from_rows(width, limit[z - 1, y - 1], z, y):
                        _widen_within(width[z, y], limit[z - 1, y - 1], row)
                        stale[z - 1, y] = stale[z + 1, y] = stale[z, y - 1] = stale[z, y + 1] = True
        upward = not upward


@kernel
def _widen_from_rows(width: Whole, limit: Whole, z: int, y: int) -> bool:
    """Widen the ways of one row from the four rows next to it; says whether any became wider."""
    a, b, c, d = width[z - 1, y], width[z + 1, y], width[z, y - 1], width[z, y + 1]
    row = width[z, y]
    changed = False
    for x in range(len(limit)):
        best = min(limit[x], max(a[x + 1], b[x + 1], c[x + 1], d[x + 1]))
        changed |= best > row[x + 1]
        row[x + 1] = max(row[x + 1], best)
    return changed


@kernel
def _widen_within(row: Whole, limit: Whole, fresh: Whole) -> None:
    """Widen the ways of one row from voxel to voxel along it."""
    changed = True
    while changed:
        changed = False
        for x in range(len(limit)):
            best = min(limit[x], max(row[x], row[x + 2]))
            changed |= best > row[x + 1]
            fresh[x] = max(row[x + 1], best)
        for x in range(len(limit)):
            row[x + 1] = fresh[x]
