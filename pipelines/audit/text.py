"""Numbers and names as a finding's sentences write them."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 5
"""Names that a finding shows before it says how many more there are."""


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 row``, ``1,500 rows``."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def agree(number: int, one: str, many: str) -> str:
    """The verb that goes with a number: ``1 row has``, ``2 rows have``."""
    return one if number == 1 else many


def span(low: float, high: float, digits: int = 3) -> str:
    """A range, or its one value."""
    first, last = f"{low:.{digits}g}", f"{high:.{digits}g}"
    return first if first == last else f"{first} to {last}"


def percent(share: float) -> str:
    """A share as a percentage with three significant digits."""
    return f"{100 * share:.3g} %"


def listed(names: Iterable[str], shown: int = SHOWN) -> str:
    """The first names in a row, and how many more there are."""
    everything = list(names)
    more = len(everything) - shown
    return ", ".join(everything[:shown]) + (f" and {more} more" if more > 0 else "")
