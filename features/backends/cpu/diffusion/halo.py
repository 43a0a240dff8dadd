"""Copies beside the grid: what lies beyond a periodic side, where the layout has zeros otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....array_types import Float32
from ..compile import kernel

if TYPE_CHECKING:
    from .layout import Geometry, Seams


@kernel
def wrap_plane(geometry: Geometry, seams: Seams, values: Float32, colour: int, plane: int) -> None:
    """Copy the first and last cells of a plane of one colour (0 red, 1 black) beyond its periodic sides along y and x."""
    _, lead, block, pitch, _ = geometry
    height, width, _, wraps_y, wraps_x = seams
    start = lead + 2 * (plane + 1) * block
    half = width // 2
    if wraps_x:
        for parity in range(2):
            first = start + parity * block
            odd = (plane + parity + colour) % 2 == 1
            for row in range((height + 1 - parity) // 2):
                i = first + row * pitch
                if odd:
                    values[i - 1] = values[i + half - 1]
                else:
                    values[i + half] = values[i]
    if wraps_y:
        rows = height // 2
        for i in range(start, start + (width + 1) // 2):
            values[i + rows * pitch] = values[i]
            values[i + block - pitch] = values[i + block + (rows - 1) * pitch]


@kernel
def wrap_end(geometry: Geometry, seams: Seams, values: Float32, plane: int) -> None:
    """Copy the last plane before the first, or the first behind the last, where z is periodic."""
    planes, lead, block, _, used = geometry
    if seams[2] and plane in (0, planes - 1):
        behind = 2 * planes * block
        for parity in range(2):
            # no further than the rows go: what follows them is the copy beside the next row
            first = lead + (2 + parity) * block
            before = first - 2 * block
            for i in range(used):
                if plane == 0:
                    values[first + behind + i] = values[first + i]
                if plane == planes - 1:
                    values[before + i] = values[before + behind + i]
