"""Balls painted as bits: for each voxel the largest ball that covers it.

Balls are open: one of squared radius s at c covers the voxels v with |v - c|^2 < s, where a step along an axis has the
weight of that axis as its square. What changes nothing is left out, exactly. The ball of a neighbour n = c + u along an
axis, no smaller, covers of the ball of c all voxels with 2 (v - c) u > s - 1 + |u|^2 - s(n), because |v - n|^2 =
|v - c|^2 - 2 (v - c) u + |u|^2: so each ball is painted inside a box only, most boxes are empty, and what is left out is
covered by a ball that is larger, or as large and nearer, and so on, until it is painted.

The largest balls are painted first, a row as one or two words of 64 voxels, without a branch; what a size covers is counted before
the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ....array_types import Int32, Int64, UInt64
from .compile import kernel
from .distance import whole
from .pairs import ones

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Float32
    from .distance import Whole

    Boxes = NDArray[np.int16]

_NO_LIMIT = np.float32(32000)
"""Steps that no volume has."""


class Painter:
    """The balls of squared radii (z, y, x), whole numbers, that are to be painted, and the voxels that are so far.

    ``weights`` are the squares of a step along z, y and x. Where there is a volume ``beneath``, no larger, only the balls that are larger
    than there: together with those of ``beneath`` they cover what all would. Balls that cover their own centre alone are left out.
    """

    def __init__(self, squared: Whole, weights: tuple[int, int, int], beneath: Whole | None = None) -> None:
        largest = int(squared.max())
        self.numbers = np.zeros(largest + 1, np.int64)
        """How many balls of each squared radius there are."""
        self.bits = np.zeros((squared.shape[0] * squared.shape[1], -(-squared.shape[2] // 64)), np.uint64)
        """The voxels painted, one bit each, by rows."""
        least = 0 if beneath is not None else min(weights)
        self._shape, self._weights = squared.shape, weights
        self._roots = np.array([np.sqrt(np.arange(largest + 1) // weight) for weight in weights]).astype(np.int32)
        beneath = np.zeros(squared.shape, squared.dtype) if beneath is None else beneath
        squared = squared.view()
        squared.flags.writeable = False  # one type, whoever asks, so that the kernel is compiled once
        self._balls = _choose(squared, beneath, least, weights, self.numbers)
        self._order = _largest_first(squared, self._balls, self.numbers)
        self._first = np.cumsum(self.numbers[::-1])[::-1] - self.numbers

    def paint(self, size: int) -> bool:
        """Paint the balls of one squared radius; says whether there are any."""
        if size >= len(self.numbers) or not self.numbers[size]:
            return False
        order = self._order[self._first[size] :][: self.numbers[size]]
        _paint(self.bits, self._shape, self._balls, order, size, self._weights, self._roots)
        return True

    def sizes(self) -> Iterator[int]:
        """Paint all, the largest first; gives each squared radius once it is painted."""
        for size in np.flatnonzero(self.numbers)[::-1].tolist():
            self.paint(size)
            yield size


def local_thickness(squared_radius: Whole | Float32, weights: tuple[int, int, int] = (1, 1, 1)) -> Whole:
    """The largest squared radius among the balls that cover each voxel, 0 where none does; read-only.

    ``squared_radius`` holds the whole squared radius of the ball at each voxel, 0 for none; or it is infinite
    where there is no wall, and then there are no balls. ``weights`` are the squares of a step along z, y and x.
    """
    squared = whole(squared_radius)
    cover = np.ascontiguousarray(squared).copy()
    painter = Painter(squared, weights)
    before = np.zeros_like(painter.bits)
    for size in painter.sizes():
        _raise(cover, painter.bits, before, size)
    cover.flags.writeable = False
    return cover


def thickness_histogram(squared_distance: Whole | Float32, weights: tuple[int, int, int] = (1, 1, 1)) -> Int64:
    """int64[largest + 1]: how many voxels of a phase have each squared radius as that of the largest ball that covers them.

    ``squared_distance`` is that of the phase; what lies outside the phase, or in a volume without a wall, is not counted.
    """
    squared = whole(squared_distance)
    painter = Painter(squared, weights)
    counts = np.zeros(max(len(painter.numbers), min(weights) + 1), np.int64)
    covered = 0
    for size in painter.sizes():
        total = ones_in(painter.bits, painter.bits)
        counts[size], covered = total - covered, total
    # a step from the wall a ball covers its centre alone
    counts[min(weights)] += np.count_nonzero(squared) - covered
    return counts


@kernel
def ones_in(bits: UInt64, others: UInt64) -> int:
    """Number of bits set in either of two arrays."""
    words, more, total = bits.reshape(-1), others.reshape(-1), np.uint64(0)
    for i in range(len(words)):
        total += ones(words[i] | more[i])
    return int(total)


@kernel
def _choose(squared: Whole, beneath: Whole, least: int, weights: tuple[int, int, int], numbers: Int64) -> Boxes:
    """[ball]: z, y, x of its centre, and how many steps down and up each axis it is to be painted, fewer than none where not at its centre.

    The balls larger than ``least`` and than those beneath that are to be painted at all; adds them to ``numbers`` by their size.
    """
    depth, height, width = squared.shape
    here, steps = np.empty(width + 2, squared.dtype), np.empty((6, width), np.int16)
    wanted, chosen = np.empty(width, np.uint8), np.empty(width + 1, np.int64)
    # memory that is not written to is not taken
    boxes = np.empty((squared.size // 4 + width, 9), np.int16)
    floor = squared.dtype.type(least)
    weight_z, weight_y, weight_x = np.float32(weights[0]), np.float32(weights[1]), np.float32(weights[2])
    found = 0
    for z in range(depth):
        for y in range(height):
            some = squared.dtype.type(0)
            for x in range(width):
                here[x + 1] = squared[z, y, x]
                some |= squared[z, y, x] ^ beneath[z, y, x]
            if not some:
                continue
            for x in range(width):
                wanted[x] = np.uint8(squared[z, y, x] > floor) & np.uint8(squared[z, y, x] > beneath[z, y, x])
            # beyond a face of the volume there is nothing to paint, as if a neighbour had as large a ball there
            here[0], here[width + 1] = here[1], here[width]
            low_z, high_z, low_y, high_y = max(z - 1, 0), min(z + 1, depth - 1), max(y - 1, 0), min(y + 1, height - 1)
            for x in range(width):
                own = np.float32(here[x + 1])
                steps[0, x] = _steps(own, np.float32(squared[low_z, y, x]), weight_z)
                steps[1, x] = _steps(own, np.float32(squared[high_z, y, x]), weight_z)
                steps[2, x] = _steps(own, np.float32(squared[z, low_y, x]), weight_y)
                steps[3, x] = _steps(own, np.float32(squared[z, high_y, x]), weight_y)
                steps[4, x] = _steps(own, np.float32(here[x]), weight_x)
                steps[5, x] = _steps(own, np.float32(here[x + 2]), weight_x)
            for x in range(width):
                wanted[x] &= _reaches(steps, x, np.float32(here[x + 1]), weight_z, weight_y, weight_x)
            number = 0
            for x in range(width):
                chosen[number] = x
                number += wanted[x]
            if found + number > len(boxes):
                more = np.empty((2 * len(boxes) + width, 9), np.int16)
                for i in range(found):  # a slice would take three seconds to compile
                    for part in range(9):
                        more[i, part] = boxes[i, part]
                boxes = more
            for i in range(number):
                x = chosen[i]
                boxes[found, 0], boxes[found, 1], boxes[found, 2] = z, y, x
                for side in range(6):
                    boxes[found, 3 + side] = steps[side, x]
                numbers[here[x + 1]] += 1
                found += 1
    return boxes[:found]


@kernel(inline=True)
def _steps(own: np.float32, other: np.float32, weight: np.float32) -> np.float32:
    """Steps towards a neighbour that the ball of the neighbour does not cover."""
    # whole numbers less a tenth: rounding never makes a step of it that is covered
    least = np.floor((weight - np.float32(0.1) - (other - own)) * (np.float32(0.5) / weight))
    return least if other >= own else _NO_LIMIT


@kernel(inline=True)
def _reaches(
    steps: Boxes, x: int, own: np.float32, weight_z: np.float32, weight_y: np.float32, weight_x: np.float32
) -> np.uint8:
    """Whether the ball has a voxel in its box."""
    none = np.float32(0)
    down, up = np.float32(steps[0, x]), np.float32(steps[1, x])
    back, front = np.float32(steps[2, x]), np.float32(steps[3, x])
    left, right = np.float32(steps[4, x]), np.float32(steps[5, x])
    far_z, far_y, far_x = max(none, -down, -up), max(none, -back, -front), max(none, -left, -right)
    open_ = np.uint8(down + up >= none) & np.uint8(back + front >= none) & np.uint8(left + right >= none)
    return open_ & np.uint8(weight_z * far_z * far_z + weight_y * far_y * far_y + weight_x * far_x * far_x < own)


@kernel
def _largest_first(squared: Whole, boxes: Boxes, numbers: Int64) -> Int32:
    """The order of the balls by size, those of one size as they stand."""
    place = np.empty(len(numbers), np.int64)
    total = 0
    for size in range(len(numbers) - 1, -1, -1):
        place[size] = total
        total += numbers[size]
    order = np.empty(len(boxes), np.int32)
    for i in range(len(boxes)):
        size = squared[boxes[i, 0], boxes[i, 1], boxes[i, 2]]
        order[place[size]] = i
        place[size] += 1
    return order


@kernel
def _paint(
    bits: UInt64,
    shape: tuple[int, int, int],
    boxes: Boxes,
    order: Int32,
    size: int,
    weights: tuple[int, int, int],
    roots: Int32,
) -> None:
    """Set the bits of some balls of one size inside their boxes; ``roots[axis, s]`` is how many steps an axis has in s."""
    depth, height, width = shape
    words = bits.shape[1]
    flat = bits.reshape(-1)
    deep, broad, long = np.int64(roots[0, size - 1]), np.int64(roots[1, size - 1]), np.int64(roots[2, size - 1])
    ball = _rows(size, weights, roots)
    columns, pieces = ball.shape[1], ball.shape[2]
    rows = ball.reshape(-1)
    for i in order:
        z, y, x = np.int64(boxes[i, 0]), np.int64(boxes[i, 1]), np.int64(boxes[i, 2])
        below, above = -min(z, deep, np.int64(boxes[i, 3])), min(depth - 1 - z, deep, np.int64(boxes[i, 4]))
        back, front = -min(y, broad, np.int64(boxes[i, 5])), min(height - 1 - y, broad, np.int64(boxes[i, 6]))
        left, right = x - min(x, long, np.int64(boxes[i, 7])), x + min(width - 1 - x, long, np.int64(boxes[i, 8]))
        for word in range(left >> 6, (right >> 6) + 1):
            inside = _from_to(left - 64 * word, right - 64 * word)
            # the first bit of this word in a row of the ball, whose middle is bit 64 + long
            first = 64 + long + 64 * word - x
            shift = np.uint64(first & 63)
            rest = np.uint64(63) - shift
            for dz in range(below, above + 1):
                place = ((z + dz) * height + y + back) * words + word
                piece = ((dz + deep) * columns + broad + back) * pieces + (first >> 6)
                for _ in range(front - back + 1):
                    row = rows[np.uint64(piece)] >> shift | rows[np.uint64(piece + 1)] << np.uint64(1) << rest
                    flat[np.uint64(place)] |= row & inside
                    place += words
                    piece += pieces


@kernel
def _rows(size: int, weights: tuple[int, int, int], roots: Int32) -> UInt64:
    """[z, y, word]: the rows of a ball as bits, with an empty word before and after."""
    deep, broad, long = np.int64(roots[0, size - 1]), np.int64(roots[1, size - 1]), np.int64(roots[2, size - 1])
    rows = np.zeros((2 * deep + 1, 2 * broad + 1, (2 * long + 1 + 63) // 64 + 2), np.uint64)
    for z in range(rows.shape[0]):
        for y in range(rows.shape[1]):
            rest = size - 1 - weights[0] * (z - deep) * (z - deep) - weights[1] * (y - broad) * (y - broad)
            if rest >= 0:
                half = np.int64(roots[2, rest])
                for word in range(rows.shape[2]):
                    middle = 64 + long - 64 * word
                    rows[z, y, word] = _from_to(middle - half, middle + half)
    return rows


@kernel(inline=True)
def _from_to(low: np.int64, high: np.int64) -> np.uint64:
    """A word with the bits from ``low`` to ``high`` set, as far as it has them."""
    if low > 63 or high < 0:  # noqa: PLR2004  bits of a word
        return np.uint64(0)
    return ~np.uint64(0) << np.uint64(max(low, np.int64(0))) & ~np.uint64(0) >> np.uint64(
        np.int64(63) - min(high, np.int64(63))
    )


@kernel
def _raise(cover: Whole, bits: UInt64, before: UInt64, size: int) -> None:
    """Raise the voxels to a size whose bits were not set before, where they lie lower; ``before`` <- ``bits``."""
    height, width = cover.shape[1], cover.shape[2]
    for row in range(bits.shape[0]):
        z, y = row // height, row % height
        for word in range(bits.shape[1]):
            new = bits[row, word] & ~before[row, word]
            if new:
                before[row, word] = bits[row, word]
                for x in range(64 * word, min(64 * word + 64, width)):
                    if (new >> np.uint64(x & 63)) & np.uint64(1):
                        cover[z, y, x] = max(cover[z, y, x], size)
