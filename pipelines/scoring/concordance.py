"""Concordance of predicted with observed lives where some are known only to exceed their last cycle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats

_PAIRS = 50_000_000
"""More comparable pairs than about this are estimated from evenly spaced measured rows."""
_CHUNK = 4_000_000


def pair_counts(time: Floats, measured: NDArray[np.bool_], predicted: Floats) -> tuple[Floats, Floats]:
    """(concordant, comparable): float64[n] each, the pairs that a row is part of; ties in prediction count half.

    A pair is comparable where its order was seen, not projected: one cell reached its end of life at
    ``time`` while the other was still running, having either a later measured life or a later last
    cycle (Harrell's C). Sums of both arrays count every pair twice, so their ratio is the concordance.
    """
    concordant, comparable = np.zeros(len(time)), np.zeros(len(time))
    events = np.flatnonzero(measured)
    if len(events) * len(time) > _PAIRS:
        events = events[:: -(-len(events) * len(time) // _PAIRS)]
    size = max(1, _CHUNK // max(1, len(time)))
    for start in range(0, len(events), size):
        part = events[start : start + size]
        later = (time > time[part, None]) | ((time == time[part, None]) & ~measured)
        right = later * (0.5 + 0.5 * np.sign(predicted - predicted[part, None]))
        comparable += later.sum(axis=0)
        concordant += right.sum(axis=0)
        np.add.at(comparable, part, later.sum(axis=1))
        np.add.at(concordant, part, right.sum(axis=1))
    return concordant, comparable
