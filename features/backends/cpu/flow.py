"""Statistics of the distribution of the flow over the voxels of a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def flux_statistics(throughput: NDArray[np.float32], stagnant: float, top: float) -> tuple[float, float]:
    """Number of voxels with at least ``stagnant``, and the share of the whole that the ``top`` share carries.

    ``throughput`` has mean 1 over the voxels that conduct, so that its sum is their number, and 0 elsewhere.
    """
    conducting = int(np.count_nonzero(throughput >= np.float32(stagnant)))
    total = float(throughput.sum(dtype=np.float64))
    number = max(1, round(top * total))
    flat = throughput.ravel()
    flat = flat[flat > 0.0]
    largest = np.partition(flat, len(flat) - number)[len(flat) - number :]
    return float(conducting), float(largest.sum(dtype=np.float64)) / total
