"""Histogram of the whole numbers in a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .compile import kernel
from .distance import whole

if TYPE_CHECKING:
    from ....array_types import Float32, Int32, Int64
    from .distance import Whole


def integer_histogram(squared: Whole | Float32) -> Int64:
    """int64[max + 1]: how often each whole number occurs among non-negative whole values; none if they are infinite."""
    largest = squared.max()
    if np.isinf(largest):
        return np.zeros(1, np.int64)
    counts = np.zeros((4, int(largest) + 1), np.int64)
    count_levels(whole(squared).reshape(-1), counts)
    total: Int64 = np.sum(counts, axis=0, dtype=np.int64)
    return total


@kernel
def count_levels(values: Whole, counts: Int64) -> None:
    """Count whole numbers from 0 into ``counts``, int64[4, levels], whose rows add up to the histogram."""
    # tables in turn, because equal values in a row would each wait for the count before
    for i in range(len(values)):
        counts[i & 3, values[i]] += 1


@kernel
def largest_first(sizes: Int32, largest: int) -> Int32:
    """The order of whole numbers from 0 to ``largest`` by size, those of one size as they stand."""
    place = np.zeros(largest + 2, np.int64)
    for i in range(len(sizes)):
        place[largest - sizes[i] + 1] += 1
    for size in range(largest):
        place[size + 1] += place[size]
    order = np.empty(len(sizes), np.int32)
    for i in range(len(sizes)):
        rank = largest - sizes[i]
        order[place[rank]] = i
        place[rank] += 1
    return order
