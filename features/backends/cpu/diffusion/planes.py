"""Planes of cells in order, as the level above sums them, and in the two colours of their own level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel

if TYPE_CHECKING:
    from .stencil import Place


@kernel
def _line(layout: Int64, plane: int, y: int) -> tuple[Place, Place, Place]:
    """Where a row of cells starts in the plane, and its even and odd cells in an array of the level, red before black."""
    lead, block, pitch, width, size = layout[1], layout[2], layout[3], layout[6], layout[11]
    start = 2 * layout[10] + lead + (2 * (plane + 1) + y % 2) * block + y // 2 * pitch
    even = (plane + y) % 2
    return np.uint64(y * (width + 1)), np.uint64(start + even * size), np.uint64(start + (1 - even) * size)


@kernel
def put_plane(layout: Int64, target: Float32, values: Float32, plane: int) -> None:
    """Sort a plane of cells by colour: ``values`` are rows with one more after each."""
    height, half, odd = layout[5], np.uint64(layout[6] // 2), layout[6] % 2
    two, one = np.uint64(2), np.uint64(1)
    for y in range(height):
        line, even, other = _line(layout, plane, y)
        for x in range(half):
            target[even + x] = values[line + two * x]
            target[other + x] = values[line + two * x + one]
        if odd:
            target[even + half] = values[line + two * half]


@kernel
def get_plane(layout: Int64, origin: Float32, values: Float32, plane: int) -> None:
    """A plane of cells in order, from the two colours."""
    height, half, odd = layout[5], np.uint64(layout[6] // 2), layout[6] % 2
    two, one = np.uint64(2), np.uint64(1)
    for y in range(height):
        line, even, other = _line(layout, plane, y)
        for x in range(half):
            values[line + two * x] = origin[even + x]
            values[line + two * x + one] = origin[other + x]
        if odd:
            values[line + two * half] = origin[even + half]
