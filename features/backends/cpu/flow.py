"""Statistics of the distribution of the flow over the voxels of a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Float32, Int64

_BITS = np.uint32(16)
"""Positive floats stand in the order of their bits: those that share all but the last 16 differ by less than a hundredth."""
_BINS = 1 << 16


def flux_statistics(throughput: Float32, stagnant: float, top: float) -> tuple[float, float]:
    """Number of voxels with at least ``stagnant``, and the share of the whole that the ``top`` share carries.

    ``throughput`` has mean 1 over the voxels that conduct, so that its sum is their number, and 0 elsewhere.
    """
    # in the order of memory, which costs no copy: the statistics have none
    flows = throughput.ravel(order="K")
    bins = flows.view(np.uint32)
    counts = np.zeros(_BINS, np.int64)
    conducting, total = _survey(flows, bins, np.float32(stagnant), counts)
    number = max(1, round(top * total))
    above = np.cumsum(counts[::-1])[::-1]
    lowest = int(np.flatnonzero(above >= number)[-1])
    shared = np.empty(counts[lowest], np.float32)
    carried = _above(flows, bins, np.uint32(lowest), shared)
    missing = number - int(above[lowest] - counts[lowest])
    shared.sort()
    carried += float(shared[len(shared) - missing :].sum(dtype=np.float64))
    return float(conducting), carried / total


@kernel(fastmath=True)
def _survey(flows: Float32, bits: NDArray[np.uint32], stagnant: np.float32, counts: Int64) -> tuple[int, float]:
    """How many flows are at least ``stagnant``, and their sum; ``counts`` <- how many positive ones begin with the same bits."""
    conducting, total = 0, 0.0
    for i in range(len(flows)):
        conducting += flows[i] >= stagnant
        total += np.float64(flows[i])
    for i in range(len(bits)):
        if bits[i]:
            counts[bits[i] >> _BITS] += 1
    return conducting, total


@kernel
def _above(flows: Float32, bits: NDArray[np.uint32], lowest: np.uint32, shared: Float32) -> float:
    """The sum of the flows beyond one bin; ``shared`` <- those in it."""
    carried, found = 0.0, 0
    for i in range(len(flows)):
        if bits[i] >> _BITS > lowest:
            carried += np.float64(flows[i])
        elif bits[i] and bits[i] >> _BITS == lowest:
            shared[found] = flows[i]
            found += 1
    return carried
