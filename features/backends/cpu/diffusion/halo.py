"""Copies beside the grid: what lies beyond a periodic side, where the layout has zeros otherwise."""

from __future__ import annotations

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel


@kernel
def close(layout: Int64, values: Float32, at: int, colour: int, plane: int) -> None:
    """Copy what lies at the sides of a plane of one colour (0 red, 1 black) across those that are periodic.

    layout: that of ``Layout.numbers``. at: where the array starts in ``values``.
    """
    planes, block, pitch, height, half = layout[0], layout[2], layout[3], layout[5], layout[6] // 2
    start = at + layout[1] + 2 * (plane + 1) * block
    if layout[9]:
        for parity in range(2):
            first, lines = start + parity * block, (height + 1 - parity) // 2
            if (plane + parity + colour) % 2 == 1:
                _copy(values, first + half - 1, first - 1, lines, pitch)
            else:
                _copy(values, first, first + half, lines, pitch)
    if layout[8]:
        # the first row behind the last of its parity, the last before the first
        rows, length = height // 2, (layout[6] + 1) // 2
        _copy(values, start, start + rows * pitch, length, 1)
        _copy(values, start + block + (rows - 1) * pitch, start + block - pitch, length, 1)
    if layout[7] and plane in (0, planes - 1):
        for parity in range(2):
            # no further than the rows go: what follows them is the copy beside the next row
            first = at + layout[1] + (2 + parity) * block
            if plane == 0:
                _copy(values, first, first + 2 * planes * block, layout[4], 1)
            if plane == planes - 1:
                _copy(values, first + 2 * (planes - 1) * block, first - 2 * block, layout[4], 1)


@kernel
def _copy(values: Float32, origin: int, to: int, length: int, stride: int) -> None:
    here, there, step = np.uint64(origin), np.uint64(to), np.uint64(stride)
    for k in range(np.uint64(length)):
        values[there + k * step] = values[here + k * step]
