"""The exact Euclidean distance map by separable passes, a row at a time.

The squared distance is min over z', y', x' of the three squared offsets, each times the weight of its axis (Felzenszwalb and
Huttenlocher, doi:10.4086/toc.2012.v008a019), so one axis after the other is minimised. A whole row is
done at once, offset by offset, and stops where the offset alone exceeds the row's largest value: pores
are narrow, so a few vectorised steps do what a lower envelope of parabolas does voxel by voxel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....array_types import Int32
from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


FAR = np.int32(2**30)
"""Larger than the square of any distance, small enough to be added to."""
LONGEST = np.int32(32000)
"""Steps that no row has."""


def squared_distance(mask: NDArray[np.bool_], weights: tuple[int, int, int] = (1, 1, 1)) -> NDArray[np.float32]:
    """float32 squared distance to the nearest False voxel centre, read-only; infinite where there is none.

    ``weights`` are the squares of a step along z, y and x, whole numbers.
    """
    result = np.full(mask.shape, np.inf, np.float32)
    if not mask.all():
        z, y, x = map(np.int32, weights)
        squared = np.empty(mask.shape, np.int32)
        _within_rows(mask.view(np.uint8), squared)
        if x != 1:
            np.multiply(squared, x, out=squared, where=squared < FAR)
        between = np.empty(mask.shape, np.int32)
        for layer in range(mask.shape[0]):
            _across_rows(squared[layer], between[layer], y)
        for row in range(mask.shape[1]):
            _across_rows(between[:, row], squared[:, row], z)
        result[...] = squared
    result.flags.writeable = False
    return result


def finite(squared: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distances, or 0 throughout a volume without a wall, where they are infinite."""
    return np.zeros_like(squared) if np.isinf(squared.flat[0]) else squared


@kernel
def _within_rows(mask: NDArray[np.uint8], squared: Int32) -> None:
    width = mask.shape[2]
    for z in range(mask.shape[0]):
        for y in range(mask.shape[1]):
            steps = LONGEST
            for x in range(width):
                steps = (steps + np.int32(1)) * np.int32(mask[z, y, x])
                squared[z, y, x] = steps
            steps = LONGEST
            for x in range(width - 1, -1, -1):
                steps = (steps + np.int32(1)) * np.int32(mask[z, y, x])
                nearest = min(steps, squared[z, y, x])
                squared[z, y, x] = nearest * nearest if nearest < LONGEST else FAR


@kernel
def _across_rows(source: Int32, target: Int32, weight: np.int32) -> None:
    """Minimise over the first axis of (rows, x): target[i] = min over j of source[j] + weight (i - j)^2."""
    length, width = source.shape
    row = np.empty(width, np.int32)
    for i in range(length):
        largest = np.int32(0)
        for x in range(width):
            row[x] = source[i, x]
            largest = max(largest, row[x])
        for offset in range(1, length):
            square = np.int32(offset * offset) * weight
            if square >= largest:
                break
            below, above = i - offset, i + offset
            if below < 0 and above >= length:
                break
            if below >= 0:
                for x in range(width):
                    row[x] = min(row[x], source[below, x] + square)
            if above < length:
                for x in range(width):
                    row[x] = min(row[x], source[above, x] + square)
            largest = np.int32(0)
            for x in range(width):
                largest = max(largest, row[x])
        for x in range(width):
            target[i, x] = row[x]
