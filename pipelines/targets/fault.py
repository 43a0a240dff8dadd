"""What can be odd about a stored capacity trend, and what is done about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

FIRST_CUT, LAST_CUT = 0.8, 0.5
"""Below this share of the median of the next five the first capacity is that of a cut cycle, and the last one below this
share of the one before it."""
RISE = 0.05
"""Share of the first capacity by which a trend may rise again before that counts as a recovery."""
NEXT = 5
"""Number of capacities after the first with whose median it is compared."""


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
        f"a first capacity below {100 * FIRST_CUT:.0f} % of the median of the next {NEXT}",
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
