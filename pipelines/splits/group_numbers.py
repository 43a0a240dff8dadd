"""Numbers of groups, counted without sorting: at a million rows ``numpy.unique`` takes seconds, a table of counts takes none."""

from __future__ import annotations

import numpy as np

from ...array_types import Ints

_SPARSE = 4
"""Numbers that span more than so many times the rows are sorted after all: their table would be larger than they are."""


def compacted(groups: Ints) -> tuple[Ints, Ints]:
    """Position of each of n rows among the distinct groups in ascending order, and the number of rows of each group.

    int[n] and int[number of groups], as ``numpy.unique`` gives them with ``return_inverse`` and ``return_counts``.
    """
    lowest = int(groups.min(initial=0))
    if int(groups.max(initial=0)) - lowest > _SPARSE * len(groups):
        _, position, size = np.unique(groups, return_inverse=True, return_counts=True)
        return position, size
    shifted = groups - lowest
    size = np.bincount(shifted)
    there = size > 0
    return (np.cumsum(there) - 1)[shifted], size[there]


def n_distinct(groups: Ints) -> int:
    """Number of distinct groups."""
    return len(compacted(groups)[1])


def each_in_one(inner: Ints, outer: Ints) -> bool:
    """Whether the rows of each group of ``inner`` are all of one group of ``outer``; int[n] each."""
    position, size = compacted(inner)
    one = np.zeros(len(size), outer.dtype)
    one[position] = outer
    return bool((one[position] == outer).all())
