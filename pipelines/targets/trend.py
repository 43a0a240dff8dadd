"""The capacity trend of one cell: finite pairs of cycle number and capacity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...array_types import Float64
from .outcome import Reason


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """``cycle`` and ``capacity`` (Ah): float64[n], all finite, in the order given; a reason where n = 0.

    ``dropped`` counts the pairs that were left out because a member was not finite.
    """

    cycle: Float64
    capacity: Float64
    dropped: int = 0
    reason: Reason | None = None

    def __len__(self) -> int:
        return len(self.cycle)

    @property
    def last_cycle(self) -> float:
        """Cycle number of the last pair, NaN without one."""
        return float(self.cycle[-1]) if len(self) else np.nan

    def head(self, n: int) -> Trend:
        """The first ``n`` pairs."""
        return Trend(self.cycle[:n], self.capacity[:n])


_NOTHING = np.empty(0)


def no_trend(reason: Reason, dropped: int = 0) -> Trend:
    """A trend without points, and why."""
    return Trend(_NOTHING, _NOTHING, dropped, reason)


def read_trend(cycle: Float64 | None, capacity: Float64 | None) -> Trend:
    """The trend of two lists, None where the data set has null; pairs with a non-finite member are dropped first."""
    if cycle is None or capacity is None:
        return no_trend(Reason.NO_TREND)
    if len(cycle) != len(capacity):
        return no_trend(Reason.LENGTH_MISMATCH)
    finite = np.isfinite(cycle) & np.isfinite(capacity)
    kept = int(np.count_nonzero(finite))
    dropped = len(cycle) - kept
    if kept == 0:
        return no_trend(Reason.NO_TREND, dropped)
    if dropped:
        cycle, capacity = cycle[finite], capacity[finite]
    return Trend(cycle, capacity, dropped)
