"""The histogram of 2x2x2 voxel patterns, from which every Minkowski functional follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Int64


def configurations(mask: NDArray[np.bool_]) -> Int64:
    """int64[256]: how often each pattern occurs, bit 4 dz + 2 dy + dx set where that voxel is True."""
    tables = np.zeros((4, 256), np.int64)
    _histogram(mask.view(np.uint8), tables)
    total: Int64 = np.sum(tables, axis=0, dtype=np.int64)
    return total


@kernel
def _histogram(mask: NDArray[np.uint8], tables: Int64) -> None:
    width = mask.shape[2] - 1
    columns = np.zeros(mask.shape[2], np.uint8)
    patterns = np.zeros(mask.shape[2], np.uint8)
    even = width - width % 4
    for z in range(mask.shape[0] - 1):
        for y in range(mask.shape[1] - 1):
            for x in range(mask.shape[2]):
                low = mask[z, y, x] | mask[z, y + 1, x] << 2
                columns[x] = low | mask[z + 1, y, x] << 4 | mask[z + 1, y + 1, x] << 6
            for x in range(width):
                patterns[x] = columns[x] | columns[x + 1] << 1
            # four tables, because equal patterns in a row would each wait for the count before
            for x in range(0, even, 4):
                tables[0, patterns[x]] += 1
                tables[1, patterns[x + 1]] += 1
                tables[2, patterns[x + 2]] += 1
                tables[3, patterns[x + 3]] += 1
            for x in range(even, width):
                tables[0, patterns[x]] += 1
