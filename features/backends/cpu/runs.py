"""Histograms of the straight runs of equal voxels along one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..protocol import RunLengths
from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Int64


def run_lengths(mask: NDArray[np.bool_], axis: int) -> RunLengths:
    """Runs of both phases along ``axis``, by how many of their ends lie on a face of the volume."""
    lengths = mask.shape
    counts = np.zeros((2, 3, lengths[axis] + 1), np.int64)
    voxels = mask.view(np.uint8)
    if axis == len(lengths) - 1:
        _along_rows(voxels.reshape(-1, lengths[axis]), counts)
    else:
        _across_rows(voxels.reshape(int(np.prod(lengths[:axis])), lengths[axis], -1), counts)
    return RunLengths(counts)


@kernel
def _along_rows(rows: NDArray[np.uint8], counts: Int64) -> None:
    length = rows.shape[1]
    for i in range(rows.shape[0]):
        row = rows[i]
        start = 0
        for x in range(1, length):
            if row[x] != row[x - 1]:
                counts[row[x - 1], np.int64(start == 0), x - start] += 1
                start = x
        counts[row[length - 1], 1 + np.int64(start == 0), length - start] += 1


@kernel
def _across_rows(voxels: NDArray[np.uint8], counts: Int64) -> None:
    length = voxels.shape[1]
    start = np.zeros(voxels.shape[2], np.int64)
    for i in range(voxels.shape[0]):
        start[:] = 0
        for y in range(1, length):
            before, here = voxels[i, y - 1], voxels[i, y]
            for x in range(voxels.shape[2]):
                if here[x] != before[x]:
                    counts[before[x], np.int64(start[x] == 0), y - start[x]] += 1
                    start[x] = y
        for x in range(voxels.shape[2]):
            counts[voxels[i, length - 1, x], 1 + np.int64(start[x] == 0), length - start[x]] += 1
