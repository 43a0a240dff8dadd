"""Copies between the grid of voxels and the arrays of red and black: the diagonal, the source, the potential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, UInt8
from ..compile import kernel

if TYPE_CHECKING:
    from .layout import Geometry, Scales


_FACES = 5, 3, 3
"""Conducting faces across z (an outer face counts twice), y, x: none to all."""


def scales_of(scales: Scales) -> tuple[np.float32, np.float32, np.float32]:
    """The scales in numbers."""
    one = np.float32(1)
    return scales or (one, one, one)


def degrees(scales: Scales) -> tuple[Float32, Float32]:
    """The diagonal by the number of faces across z, y, x (their place in a table [5, 3, 3]), and its inverse."""
    z, y, x = np.indices(_FACES)
    of_z, of_y, of_x = scales_of(scales)
    degree = (of_z * z + of_y * y + of_x * x).ravel().astype(np.float64)
    inverse = np.divide(1.0, degree, out=np.zeros_like(degree), where=degree > 0.0)
    return degree.astype(np.float32), inverse.astype(np.float32)


@kernel
def count_faces(
    geometry: Geometry,
    voxels: UInt8,
    degree_of: Float32,
    inverse_of: Float32,
    degree: Float32,
    inverse_red: Float32,
    inverse_black: Float32,
) -> None:
    """The diagonal: conductance of the faces of each voxel, twice that for an outer face of axis 0; zero in the solid."""
    planes, height, width = voxels.shape
    _, lead, block, pitch, _ = geometry
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
                faces_of[x] = np.uint8(9) * (before[x] + after[x]) + np.uint8(3) * (above[x] + below[x])
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
                degree[start + i] = degree_of[faces]
                inverse_red[start + i] = inverse_of[faces]
            for i in range((width + colour) // 2):
                inverse_black[start + i] = inverse_of[faces_of[2 * i + 1 - colour]]


@kernel(fastmath=True)
def find_source(
    geometry: Geometry,
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
    _, lead, block, pitch, _ = geometry
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
def _flow_in(total: Float32, scale: np.float32, voxels: UInt8, there: Float32, here: Float32, drop: np.float32) -> None:
    for x in range(total.size):
        total[x] += scale * (np.float32(voxels[x]) * (there[x] - here[x] + drop))


@kernel(fastmath=True)
def _flow_from_end(total: Float32, scale: np.float32, here: Float32, drop: np.float32) -> None:
    """Half a voxel to the outer face, where the profile is exact."""
    for x in range(total.size):
        total[x] += scale * (drop - np.float32(2) * here[x])
