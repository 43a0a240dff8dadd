"""Copies between the grid of voxels and the arrays of red and black: the faces, the source, the potential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int8, Int64, UInt8
from ..compile import kernel

if TYPE_CHECKING:
    from .layout import Scales


def scales_of(scales: Scales) -> tuple[np.float32, np.float32, np.float32]:
    """The scales in numbers."""
    one = np.float32(1)
    return scales or (one, one, one)


def degrees(scales: tuple[np.float32, np.float32, np.float32]) -> Float32:
    """What the faces of a voxel conduct in all, by their number across each axis, as ``count_faces`` puts it into one byte."""
    numbers = np.arange(256)
    sums = scales[0] * (numbers & 7) + scales[1] * (numbers >> 3 & 3) + scales[2] * (numbers >> 5)
    return np.asarray(sums, np.float32)


@kernel
def count_faces(layout: Int64, voxels: UInt8, units: UInt8, red: UInt8, black: UInt8) -> None:
    """The faces of each voxel with others, an outer face of axis 0 counting twice: across z, y, x times ``units``, in sum.

    Units of 1 give their number, of 1, 8, 32 that of each axis in bits of its own.
    """
    planes, height, width = voxels.shape
    lead, block, pitch = layout[1], layout[2], layout[3]
    twice, none = np.full(width, 2, np.uint8), np.zeros(width, np.uint8)
    faces_of = np.zeros(width, np.uint8)
    for z in range(planes):
        for y in range(height):
            row = voxels[z, y]
            before = voxels[z - 1, y] if z > 0 else twice
            after = voxels[z + 1, y] if z + 1 < planes else twice
            above = voxels[z, y - 1] if y > 0 else none
            below = voxels[z, y + 1] if y + 1 < height else none
            for x in range(width):
                faces_of[x] = units[0] * (before[x] + after[x]) + units[1] * (above[x] + below[x])
            for x in range(width - 1):
                faces_of[x] += units[2] * row[x + 1]
            for x in range(width - 1):
                faces_of[x + 1] += units[2] * row[x]
            for x in range(width):
                faces_of[x] *= row[x]
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for i in range((width - colour + 1) // 2):
                red[start + i] = faces_of[2 * i + colour]
            for i in range((width + colour) // 2):
                black[start + i] = faces_of[2 * i + 1 - colour]


@kernel
def find_drops(layout: Int64, voxels: UInt8, red: Float32, black: Int8) -> None:
    """The net flow into each voxel under the profile that falls by 1 from plane to plane, by colour."""
    planes, height, width = voxels.shape
    lead, block, pitch = layout[1], layout[2], layout[3]
    outside = np.ones(width, np.uint8)
    drops = np.zeros(width, np.int8)
    for z in range(planes):
        for y in range(height):
            row = voxels[z, y]
            before = voxels[z - 1, y] if z > 0 else outside
            after = voxels[z + 1, y] if z + 1 < planes else outside
            for x in range(width):
                drops[x] = np.int8(row[x] & before[x]) - np.int8(row[x] & after[x])
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for i in range((width - colour + 1) // 2):
                red[start + i] = drops[2 * i + colour]
            for i in range((width + colour) // 2):
                black[start + i] = drops[2 * i + 1 - colour]


@kernel(fastmath=True)
def find_source(
    layout: Int64,
    scales: tuple[np.float32, np.float32, np.float32],
    voxels: UInt8,
    potential: Float32,
    red: Float32,
    black: Float32,
) -> None:
    """The net flow into each voxel under ``potential`` plus the profile that falls by 1 from plane to plane, by colour.

    Differences of neighbouring potentials are taken first: they are exact in float32 where the sum
    over neighbours less the potential times their number is not.
    """
    planes, height, width = voxels.shape
    lead, block, pitch = layout[1], layout[2], layout[3]
    drop = np.float32(1)
    total = np.zeros(width, np.float32)
    for z in range(planes):
        for y in range(height):
            row, here = voxels[z, y], potential[z, y]
            total[:] = 0
            if z > 0:
                _flow_in(total, scales[0], voxels[z - 1, y], potential[z - 1, y], here, drop)
            else:
                _flow_from_end(total, scales[0], here, drop)
            if z + 1 < planes:
                _flow_in(total, scales[0], voxels[z + 1, y], potential[z + 1, y], here, -drop)
            else:
                _flow_from_end(total, scales[0], here, -drop)
            if y > 0:
                _flow_in(total, scales[1], voxels[z, y - 1], potential[z, y - 1], here, np.float32(0))
            if y + 1 < height:
                _flow_in(total, scales[1], voxels[z, y + 1], potential[z, y + 1], here, np.float32(0))
            if width > 1:
                _flow_in(total[1:], scales[2], row[:-1], here[:-1], here[1:], np.float32(0))
                _flow_in(total[:-1], scales[2], row[1:], here[1:], here[:-1], np.float32(0))
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for i in range((width - colour + 1) // 2):
                red[start + i] = total[2 * i + colour] * row[2 * i + colour]
            for i in range((width + colour) // 2):
                black[start + i] = total[2 * i + 1 - colour] * row[2 * i + 1 - colour]


@kernel(fastmath=True)
def add_potential(layout: Int64, red: Float32, black: Float32, potential: Float32) -> None:
    """Add the potentials of both colours to those of the grid."""
    planes, height, width = potential.shape
    lead, block, pitch = layout[1], layout[2], layout[3]
    for z in range(planes):
        for y in range(height):
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            even, odd = (red, black) if (z + y) % 2 == 0 else (black, red)
            first, second = even[start : start + pitch], odd[start : start + pitch]
            line = potential[z, y]
            for i in range(width // 2):
                line[2 * i] += first[i]
                line[2 * i + 1] += second[i]
            if width % 2:
                line[width - 1] += first[width // 2]


@kernel(fastmath=True)
def _flow_in(total: Float32, scale: np.float32, voxels: UInt8, there: Float32, here: Float32, drop: np.float32) -> None:
    for x in range(total.size):
        total[x] += scale * (np.float32(voxels[x]) * (there[x] - here[x] + drop))


@kernel(fastmath=True)
def _flow_from_end(total: Float32, scale: np.float32, here: Float32, drop: np.float32) -> None:
    """Half a voxel to the outer face, where the profile is exact."""
    for x in range(total.size):
        total[x] += scale * (drop - np.float32(2) * here[x])
