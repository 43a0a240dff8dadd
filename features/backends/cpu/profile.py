"""Counts of True voxels layer by layer, along all three axes in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Int64


def profiles(mask: NDArray[np.bool_]) -> tuple[Int64, Int64, Int64]:
    """True voxels in each layer across axes 0, 1, 2."""
    z, y, x = (np.zeros(length, np.int64) for length in mask.shape)
    _count(mask.view(np.uint8), z, y, x)
    return z, y, x


@kernel
def _count(mask: NDArray[np.uint8], z: Int64, y: Int64, x: Int64) -> None:
    layer = np.zeros(mask.shape[2], np.int32)
    for i in range(mask.shape[0]):
        layer[:] = 0
        for j in range(mask.shape[1]):
            total = 0
            for k in range(mask.shape[2]):
                layer[k] += mask[i, j, k]
                total += mask[i, j, k]
            y[j] += total
            z[i] += total
        for k in range(mask.shape[2]):
            x[k] += layer[k]
