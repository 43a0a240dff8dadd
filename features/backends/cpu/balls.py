"""Balls painted as row spans: for each voxel the largest ball that covers it.

Balls are open: one of squared radius s at c covers the voxels with |v - c|^2 < s, where a step along an axis has the
weight of that axis as its square. What changes nothing is left out, exactly:

- a ball whose voxels all lie in the ball of one of its 26 neighbours; a table says from which size on;
- the half of a ball on the side of a neighbour along an axis whose ball is no smaller: that neighbour is
  closer to every voxel v there, so it covers v too; and so on, until v is painted or is a centre itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....array_types import Int32, Int64
from .compile import kernel
from .distance import whole

if TYPE_CHECKING:
    from ....array_types import Float32
    from .distance import Whole

_EVERY_SIDE = 63


def local_thickness(squared_radius: Whole | Float32, weights: tuple[int, int, int] = (1, 1, 1)) -> Whole:
    """The largest squared radius among the balls that cover each voxel, 0 where none does; read-only.

    ``squared_radius`` holds the whole squared radius of the ball at each voxel, 0 for none; or it is infinite
    where there is no wall, and then there are no balls. ``weights`` are the squares of a step along z, y and x.
    """
    squared_radius = whole(squared_radius)
    padded = np.zeros(tuple(length + 2 for length in squared_radius.shape), np.int32)
    padded[1:-1, 1:-1, 1:-1] = squared_radius
    cover = np.array(squared_radius, order="C")
    largest = int(padded.max())
    roots = np.array([np.sqrt(np.arange(largest + 1) // weight) for weight in weights]).astype(np.int32)
    _cover(cover, padded, enclosing_balls(largest, weights), np.array(weights), roots)
    cover.flags.writeable = False
    return cover


@kernel
def enclosing_balls(largest: int, weights: tuple[int, int, int] = (1, 1, 1)) -> Int32:
    """[step, s]: smallest squared radius of a ball that holds every voxel of a ball of s, its centre one step away.

    Steps are 0, 1, 2: along any axis, face diagonal, cube diagonal. A voxel v of the ball lies
    |v + u|^2 = |v|^2 + 2 v u + |u|^2 from the other centre; for each |v|^2 the largest 2 v u + |u|^2 counts.
    """
    along = np.full((3, largest + 1), -1, np.int32)
    wz, wy, wx = weights
    for z in range(int(np.sqrt(largest // wz)) + 1):
        for y in range(int(np.sqrt((largest - wz * z * z) // wy)) + 1):
            for x in range(int(np.sqrt((largest - wz * z * z - wy * y * y) // wx)) + 1):
                square = wz * z * z + wy * y * y + wx * x * x
                a, b, c = wz * (2 * z + 1), wy * (2 * y + 1), wx * (2 * x + 1)
                along[0, square] = max(along[0, square], a, b, c)
                along[1, square] = max(along[1, square], a + b, a + c, b + c)
                along[2, square] = max(along[2, square], a + b + c)
    needed = np.zeros((3, largest + 1), np.int32)
    for step in range(3):
        furthest = 0
        for square in range(largest):
            if along[step, square] >= 0:
                furthest = max(furthest, square + along[step, square])
            needed[step, square + 1] = furthest + 1
    return needed


@kernel
def _cover(cover: Whole, squared: Int32, enclosing: Int32, weights: Int64, roots: Int32) -> None:
    """Paint the balls of ``squared``, a volume with a border of one, that change something, in the order of their centres.

    ``roots[axis, s]`` is the largest number of steps along an axis whose square is at most s.
    """
    depth, height, width = squared.shape
    weight_z, weight_y, weight_x = weights
    cubes = weight_z == weight_y == weight_x == 1
    least = min(weight_z, weight_y, weight_x)
    steps = roots[2]
    most = np.empty((2, width), np.int32)
    for z in range(1, depth - 1):
        for y in range(1, height - 1):
            _largest_beside(squared, z, y, most)
            for x in range(1, width - 1):
                own = squared[z, y, x]
                if own <= least:  # such a ball covers its centre only
                    continue
                edge = max(most[0, x], squared[z, y, x - 1], squared[z, y, x + 1])
                face = max(most[1, x], most[0, x - 1], most[0, x + 1])
                cube = max(most[1, x - 1], most[1, x + 1])
                if edge >= enclosing[0, own] or face >= enclosing[1, own] or cube >= enclosing[2, own]:
                    continue
                # sides to leave out, as bits: 1 and 2 for low and high z, 4 and 8 for y, 16 and 32 for x
                out = np.uint8(squared[z - 1, y, x] >= own) | np.uint8(squared[z + 1, y, x] >= own) << 1
                out |= np.uint8(squared[z, y - 1, x] >= own) << 2 | np.uint8(squared[z, y + 1, x] >= own) << 3
                out |= np.uint8(squared[z, y, x - 1] >= own) << 4 | np.uint8(squared[z, y, x + 1] >= own) << 5
                if out == _EVERY_SIDE:
                    continue
                if cubes:
                    _paint(cover, z - 1, y - 1, x - 1, own, out, steps)
                else:
                    _paint_boxes(cover, z - 1, y - 1, x - 1, own, out, weight_z, weight_y, roots)


@kernel
def _largest_beside(squared: Int32, z: int, y: int, most: Int32) -> None:
    """Largest values of the four rows next to a row, and of the four rows beyond those."""
    a, b, c, d = squared[z - 1, y], squared[z + 1, y], squared[z, y - 1], squared[z, y + 1]
    e, f, g, h = squared[z - 1, y - 1], squared[z - 1, y + 1], squared[z + 1, y - 1], squared[z + 1, y + 1]
    for x in range(len(a)):
        most[0, x] = max(a[x], b[x], c[x], d[x])
        most[1, x] = max(e[x], f[x], g[x], h[x])


@kernel
def _paint(cover: Whole, z: int, y: int, x: int, own: int, out: np.uint8, roots: Int32) -> None:
    """Raise the voxels of one ball to its squared radius, row by row."""
    depth, height, width = cover.shape
    value = cover.dtype.type(own)
    reach = roots[own - 1]
    for row_z in range(z if out & 1 else max(z - reach, 0), (z if out & 2 else min(z + reach, depth - 1)) + 1):
        rest = own - 1 - (row_z - z) * (row_z - z)
        aside = roots[rest]
        for row_y in range(y if out & 4 else max(y - aside, 0), (y if out & 8 else min(y + aside, height - 1)) + 1):
            half = roots[rest - (row_y - y) * (row_y - y)]
            low = x if out & 16 else max(x - half, 0)
            high = x if out & 32 else min(x + half, width - 1)
            for row_x in range(low, high + 1):
                cover[row_z, row_y, row_x] = max(cover[row_z, row_y, row_x], value)


@kernel
def _paint_boxes(
    cover: Whole, z: int, y: int, x: int, own: int, out: np.uint8, weight_z: int, weight_y: int, roots: Int32
) -> None:
    """As ``_paint``, where voxels are no cubes."""
    depth, height, width = cover.shape
    value = cover.dtype.type(own)
    reach = roots[0, own - 1]
    for row_z in range(z if out & 1 else max(z - reach, 0), (z if out & 2 else min(z + reach, depth - 1)) + 1):
        rest = own - 1 - weight_z * (row_z - z) * (row_z - z)
        aside = roots[1, rest]
        for row_y in range(y if out & 4 else max(y - aside, 0), (y if out & 8 else min(y + aside, height - 1)) + 1):
            half = roots[2, rest - weight_y * (row_y - y) * (row_y - y)]
            low = x if out & 16 else max(x - half, 0)
            high = x if out & 32 else min(x + half, width - 1)
            for row_x in range(low, high + 1):
                cover[row_z, row_y, row_x] = max(cover[row_z, row_y, row_x], value)
