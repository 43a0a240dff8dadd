"""Copies between the grid of voxels and the arrays of red and black: the diagonal, the source, the potential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, UInt8
from ..compile import kernel

if TYPE_CHECKING:
    from .layout import Geometry


@kernel
def count_faces(
    geometry: Geometry, voxels: UInt8, degree: Float32, inverse_red: Float32, inverse_black: Float32
) -> None:
    """The diagonal: conducting faces of each voxel, 2 for an outer face of axis 0; zero in the solid."""
    planes, height, width = voxels.shape
    _, lead, block, pitch, _ = geometry
    # a voxel of a volume that is one layer thick has both outer faces: 2 + 2 + 4
    reciprocal = np.zeros(9, np.float32)
    for faces in range(1, 9):
        reciprocal[faces] = np.float32(1.0 / faces)
    ones, zeros = np.full(width, 2, np.uint8), np.zeros(width, np.uint8)
    faces_of = np.zeros(width, np.uint8)
    for z in range(planes):
        for y in range(height):
            row = voxels[z, y]
            before = voxels[z - 1, y] if z > 0 else ones
            after = voxels[z + 1, y] if z + 1 < planes else ones
            above = voxels[z, y - 1] if y > 0 else zeros
            below = voxels[z, y + 1] if y + 1 < height else zeros
            for x in range(width):
                faces_of[x] = before[x] + after[x] + above[x] + below[x]
            for x in range(width - 1):
                faces_of[x] += row[x + 1]
            for x in range(width - 1):
                faces_of[x + 1] += row[x]
            for x in range(width):
                faces_of[x] *= row[x]
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for i in range((width - colour + 1) // 2):
                faces = faces_of[2 * i + colour]
                degree[start + i] = faces
                inverse_red[start + i] = reciprocal[faces]
            for i in range((width + colour) // 2):
                inverse_black[start + i] = reciprocal[faces_of[2 * i + 1 - colour]]


@kernel(fastmath=True)
def find_source(geometry: Geometry, voxels: UInt8, potential: Float32, red: Float32, black: Float32) -> None:
    """The net flow into each voxel under ``potential`` plus the profile that falls by 1 from plane to plane, by colour.

    Differences of neighbouring potentials are taken first: they are exact in float32 where the sum
    over neighbours less the potential times their number is not.
    """
    planes, height, width = voxels.shape
    _, lead, block, pitch, _ = geometry
    drop = np.float32(1)
    total = np.zeros(width, np.float32)
    for z in range(planes):
        for y in range(height):
            row, here = voxels[z, y], potential[z, y]
            total[:] = 0
            if z > 0:
                _flow_in(total, voxels[z - 1, y], potential[z - 1, y], here, drop)
            else:
                _flow_from_end(total, here, drop)
            if z + 1 < planes:
                _flow_in(total, voxels[z + 1, y], potential[z + 1, y], here, -drop)
            else:
                _flow_from_end(total, here, -drop)
            if y > 0:
                _flow_in(total, voxels[z, y - 1], potential[z, y - 1], here, np.float32(0))
            if y + 1 < height:
                _flow_in(total, voxels[z, y + 1], potential[z, y + 1], here, np.float32(0))
            if width > 1:
                _flow_in(total[1:], row[:-1], here[:-1], here[1:], np.float32(0))
                _flow_in(total[:-1], row[1:], here[1:], here[:-1], np.float32(0))
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for i in range((width - colour + 1) // 2):
                red[start + i] = total[2 * i + colour] * row[2 * i + colour]
            for i in range((width + colour) // 2):
                black[start + i] = total[2 * i + 1 - colour] * row[2 * i + 1 - colour]


@kernel(fastmath=True)
def add_potential(geometry: Geometry, red: Float32, black: Float32, potential: Float32) -> None:
    """Add the potentials of both colours to those of the grid."""
    planes, height, width = potential.shape
    _, lead, block, pitch, _ = geometry
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
def add_product(black: Float32, inverse: Float32, source: Float32) -> None:
    """Add inverse times source to ``black``."""
    for i in range(black.size):
        black[i] += inverse[i] * source[i]


@kernel(fastmath=True)
def _flow_in(total: Float32, voxels: UInt8, there: Float32, here: Float32, drop: np.float32) -> None:
    for x in range(total.size):
        total[x] += np.float32(voxels[x]) * (there[x] - here[x] + drop)


@kernel(fastmath=True)
def _flow_from_end(total: Float32, here: Float32, drop: np.float32) -> None:
    """Half a voxel to the outer face, where the profile is exact."""
    for x in range(total.size):
        total[x] += drop - np.float32(2) * here[x]
