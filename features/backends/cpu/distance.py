"""The exact Euclidean distance map by separable passes, a row at a time.

The squared distance is min over z', y', x' of the three squared offsets, each times the weight of its axis (Felzenszwalb and
Huttenlocher, doi:10.4086/toc.2012.v008a019), so one axis after the other is minimised. A whole row is
done at once, offset by offset, and stops where the offset alone exceeds the row's largest value: pores
are narrow, so a few vectorised steps do what a lower envelope of parabolas does voxel by voxel.
Short numbers are twice as many to a vector instruction; only pores that are too wide for them take long ones.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from ....array_types import Ints
from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Float32, UInt8

Whole: TypeAlias = Ints
"""Squared distances of one volume, 0 outside the phase, in the shorter of two kinds of numbers that has them all."""

_FAR_SHORT = np.uint16(2**15 - 1)
_FAR = np.int32(2**30)
"""No less than the square of any distance in the result, small enough to be doubled."""


def squared_distance(mask: NDArray[np.bool_], weights: tuple[int, int, int] = (1, 1, 1)) -> Whole | Float32:
    """Squared distance to the nearest False voxel centre, read-only: uint16 or int32; or float32, infinite, where there is none.

    ``weights`` are the squares of a step along z, y and x, whole numbers.
    """
    squared: Whole | Float32
    if mask.all():
        squared = np.full(mask.shape, np.inf, np.float32)
    else:
        squared = np.empty(mask.shape, np.uint16)
        if _fill(mask, weights, squared, _FAR_SHORT) >= _FAR_SHORT:
            squared = np.empty(mask.shape, np.int32)
            _fill(mask, weights, squared, _FAR)
    squared.flags.writeable = False
    return squared


def whole(squared: Whole | Float32) -> Whole:
    """Squared distances as ``squared_distance`` returns them, also of float32 volumes; 0 throughout where there is no wall."""
    if squared.dtype.kind != "f":
        return cast("Whole", squared)
    largest = squared.max()
    if np.isinf(largest):
        return np.zeros(squared.shape, np.uint16)
    return squared.astype(np.uint16) if largest < _FAR_SHORT else squared.astype(np.int32)


def _fill(mask: NDArray[np.bool_], weights: tuple[int, int, int], squared: Whole, far: np.integer) -> int:
    """Fill in the squared distances, ``far`` for all that are no smaller; returns the largest."""
    z, y, x = weights
    _between_rows(mask.view(np.uint8), squared, far, far.dtype.type(math.isqrt(int(far) // y)), far.dtype.type(y))
    _within_rows(squared, far, x)
    return _across_layers(squared, z)


@kernel
def _between_rows(mask: UInt8, squared: Whole, far: np.integer, longest: np.integer, weight: np.integer) -> None:
    """Squared distance along y within each layer."""
    depth, height, width = mask.shape
    one, kind = far // far, squared.dtype.type
    for z in range(depth):
        for x in range(width):
            squared[z, 0, x] = longest * mask[z, 0, x]
        for y in range(1, height):
            here, before, inside = squared[z, y], squared[z, y - 1], mask[z, y]
            for x in range(width):
                here[x] = min(kind(before[x] + one), longest) * inside[x]
        for i in range(1, height + 1):
            y = height - i
            here, after = squared[z, y], squared[z, min(y + 1, height - 1)]
            for x in range(width):
                here[x] = min(kind(after[x] + one), here[x])
        for y in range(height):
            here = squared[z, y]
            for x in range(width):
                steps = here[x]
                here[x] = kind(steps * steps * weight) if steps < longest else far


@kernel
def _within_rows(squared: Whole, far: np.integer, weight: int) -> None:
    """Minimise along x, the row moved by one voxel after the other to both sides."""
    depth, height, width = squared.shape
    kind = squared.dtype.type
    row = np.empty(width, squared.dtype)
    spread = np.full(3 * width, far)
    for z in range(depth):
        for y in range(height):
            here = squared[z, y]
            largest = here[0]
            for x in range(width):
                row[x] = spread[width + x] = here[x]
                largest = max(largest, here[x])
            for offset in range(1, width):
                if offset * offset * weight >= largest:
                    break
                square = kind(offset * offset * weight)
                left, right = spread[width - offset :], spread[width + offset :]
                largest = kind(0)
                for x in range(width):
                    row[x] = min(row[x], kind(min(left[x], right[x]) + square))
                for x in range(width):
                    largest = max(largest, row[x])
            for x in range(width):
                here[x] = row[x]


@kernel
def _across_layers(squared: Whole, weight: int) -> int:
    """Minimise along z; returns the largest of all."""
    depth, height, width = squared.shape
    kind = squared.dtype.type
    row, most = np.empty(width, squared.dtype), np.int64(0)
    # copied, because rows of different layers crowd the same few lines of the cache
    layers = np.empty((depth, width), squared.dtype)
    for y in range(height):
        for z in range(depth):
            for x in range(width):
                layers[z, x] = squared[z, y, x]
        for z in range(depth):
            largest = kind(0)
            for x in range(width):
                row[x] = layers[z, x]
                largest = max(largest, row[x])
            for offset in range(1, depth):
                below, above = z - offset, z + offset
                if offset * offset * weight >= largest or (below < 0 and above >= depth):
                    break
                # beyond the volume there is nothing: the layer on the other side counts twice
                if below < 0:
                    below = above
                elif above >= depth:
                    above = below
                square = kind(offset * offset * weight)
                largest = kind(0)
                for x in range(width):
                    row[x] = min(row[x], kind(min(layers[below, x], layers[above, x]) + square))
                for x in range(width):
                    largest = max(largest, row[x])
            most = max(most, np.int64(largest))
            for x in range(width):
                squared[z, y, x] = row[x]
    return int(most)
