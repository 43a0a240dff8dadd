"""The capacity trend of one cell: finite pairs of cycle number and capacity, in order, with the faults found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from ...array_types import Float64
from .outcome import Reason

FIRST_CUT, LAST_CUT = 0.8, 0.5
"""Below this share of the median of the next five the first capacity is that of a cut cycle, and the last one below this
share of the one before it."""
RISE = 0.05
"""Share of the first capacity by which a trend may rise again before that counts as a recovery."""
_FEWEST = 3
"""Fewest points among which an outlier can be recognised."""
_NEXT = 5


class Fault(StrEnum):
    """Fault of a stored trend; ``meaning`` says what it is, ``rule`` what is done about it."""

    meaning: str
    rule: str

    def __new__(cls, value: str, meaning: str, rule: str) -> Self:
        """Keep the meaning and the rule beside the value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning, member.rule = meaning, rule
        return member

    UNSORTED = (
        "unsorted",
        "cycle numbers out of order or in reverse, each of them once",
        "the pairs are put into the order of their cycle numbers",
    )
    REPEATED = (
        "repeated",
        "a cycle number more than once, as where a count restarts",
        "pairs that are there twice count once; with two capacities of one cycle every target is undefined (`repeated_cycle`)",
    )
    NEGATIVE = (
        "negative",
        "a capacity below 0",
        "every target is undefined (`negative_capacity`)",
    )
    ZERO = (
        "zero",
        "a capacity of 0 among or before others",
        "one between positive ones is left out; a first capacity of 0 leaves every target undefined (`no_first_capacity`)",
    )
    FIRST_CUT = (
        "first_cut",
        f"a first capacity below {100 * FIRST_CUT:.0f} % of the median of the next {_NEXT}",
        "every target is undefined (`first_cycle_cut`): no other cycle is the first",
    )
    LAST_CUT = (
        "last_cut",
        f"a last capacity below {100 * LAST_CUT:.0f} % of the one before",
        "life, fade and retention are undefined (`last_cycle_cut`): a cut cycle looks like a sudden death",
    )
    RECOVERS = (
        "recovers",
        f"a capacity that rises by more than {100 * RISE:.0f} % of the first above an earlier one",
        "life is undefined where it had reached its end before (`capacity_recovers`); all else is computed as it is",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """``cycle`` (increasing) and ``capacity`` (Ah): float64[n], all finite; a reason where n = 0.

    ``dropped`` counts the pairs that were left out because a member was not finite; ``faults`` says what was odd, and
    ``tail`` why nothing that depends on the last pair is defined.
    """

    cycle: Float64
    capacity: Float64
    dropped: int = 0
    reason: Reason | None = None
    faults: tuple[Fault, ...] = ()
    tail: Reason | None = None

    def __len__(self) -> int:
        return len(self.cycle)

    @property
    def last_cycle(self) -> float:
        """Cycle number of the last pair, NaN without one."""
        return float(self.cycle[-1]) if len(self) else np.nan

    @property
    def no_end(self) -> Reason | None:
        """Reason why targets of all pairs, the last included, are undefined; None where they are not."""
        return self.reason or self.tail

    def head(self, n: int) -> Trend:
        """The first ``n`` pairs."""
        return Trend(self.cycle[:n], self.capacity[:n])


_NOTHING = np.empty(0)


def no_trend(reason: Reason, dropped: int = 0, faults: tuple[Fault, ...] = ()) -> Trend:
    """A trend without points, and why."""
    return Trend(_NOTHING, _NOTHING, dropped, reason, faults)


def read_trend(cycle: Float64 | None, capacity: Float64 | None) -> Trend:
    """The trend of two lists, None where the data set has null, by the rules of ``Fault``.

    Pairs with a non-finite member are dropped first.
    """
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
    faults: list[Fault] = []
    cycle, capacity = _in_order(cycle, capacity, faults)
    cycle, capacity = _without_zeros(cycle, capacity, faults)
    reason = _unusable(cycle, capacity, faults)
    if reason is not None:
        return no_trend(reason, dropped, tuple(faults))
    tail = None
    if len(cycle) >= _FEWEST and capacity[-1] < LAST_CUT * capacity[-2]:
        faults.append(Fault.LAST_CUT)
        tail = Reason.LAST_CYCLE_CUT
    if (capacity - np.minimum.accumulate(capacity)).max() > RISE * capacity[0]:
        faults.append(Fault.RECOVERS)
    return Trend(cycle, capacity, dropped, None, tuple(faults), tail)


def _in_order(cycle: Float64, capacity: Float64, faults: list[Fault]) -> tuple[Float64, Float64]:
    """The pairs by cycle number, those that are there twice once."""
    step = np.diff(cycle)
    if (step > 0.0).all():
        return cycle, capacity
    order = np.lexsort((capacity, cycle))
    cycle, capacity = cycle[order], capacity[order]
    if (step < 0.0).any():
        faults.append(Fault.UNSORTED)
    again = np.diff(cycle) == 0.0
    if again.any():
        faults.append(Fault.REPEATED)
        new = np.concatenate([[True], ~(again & (np.diff(capacity) == 0.0))])
        cycle, capacity = cycle[new], capacity[new]
    return cycle, capacity


def _without_zeros(cycle: Float64, capacity: Float64, faults: list[Fault]) -> tuple[Float64, Float64]:
    """The pairs without capacities of 0 between positive ones."""
    zero = capacity == 0.0
    if not zero.any() or zero.all():
        return cycle, capacity
    positive = np.flatnonzero(~zero)
    if zero[: positive[-1]].any():
        faults.append(Fault.ZERO)
    between = zero.copy()
    between[: positive[0]] = between[positive[-1] :] = False
    return cycle[~between], capacity[~between]


def _unusable(cycle: Float64, capacity: Float64, faults: list[Fault]) -> Reason | None:
    """Reason why the trend cannot be used."""
    if (np.diff(cycle) == 0.0).any():
        return Reason.REPEATED_CYCLE
    if (capacity < 0.0).any():
        faults.append(Fault.NEGATIVE)
        return Reason.NEGATIVE_CAPACITY
    if capacity[0] == 0.0:
        return Reason.NO_FIRST_CAPACITY
    if len(cycle) >= _FEWEST and capacity[0] < FIRST_CUT * np.median(capacity[1 : 1 + _NEXT]):
        faults.append(Fault.FIRST_CUT)
        return Reason.FIRST_CYCLE_CUT
    return None
