"""Statistics of the distribution of the flow over the voxels of a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Float32, Int32

_BITS = np.uint32(16)
"""Positive floats stand in the order of their bits: those that share all but the last 16 differ by less than a hundredth."""
_BINS = 1 << 15


def flux_statistics(throughput: Float32, stagnant: float, top: float) -> tuple[float, float]:
    """Number of voxels with at least ``stagnant``, and the share of the whole that the ``top`` share carries.

    ``throughput`` has mean 1 over the voxels that conduct, so that its sum is their number, and 0 elsewhere.
    """
    # in the order of memory, which costs no copy: the statistics have none
    flows = throughput.ravel(order="K")
    bins = flows.view(np.uint32)
    tables = np.zeros((4, _BINS), np.int32)
    conducting, total = _survey(flows, bins, np.float32(stagnant), tables)
    counts = tables.sum(axis=0, dtype=np.int64)
    counts[0] = 0
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
def _survey(flows: Float32, bits: NDArray[np.uint32], stagnant: np.float32, tables: Int32) -> tuple[int, float]:
    """How many flows are at least ``stagnant``, and their sum; ``tables``, added up, <- how many begin with the same bits."""
    conducting, total = 0, 0.0
    for i in range(len(flows)):
        conducting += flows[i] >= stagnant
        total += np.float64(flows[i])
    # tables in turn, because equal values in a row would each wait for the count before
    for i in range(len(bits)):
        tables[i & 3, bits[i] >> _BITS] += 1
    return conducting, total


@kernel(fastmath=True)
def _above(flows: Float32, bits: NDArray[np.uint32], lowest: np.uint32, shared: Float32) -> float:
    """The sum of the flows beyond one bin; ``shared`` <- those in it."""
    carried, found = 0.0, 0
    for i in range(len(flows)):
        carried += np.float64(flows[i]) if bits[i] >> _BITS > lowest else 0.0
    for i in range(len(flows)):
        if bits[i] >> _BITS == lowest:
            shared[found] = flows[i]
            found += 1
    return carried
