"""A number with its interval, and the sign that it supports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Sign = Literal["positive", "negative", "undetermined"]


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % interval; NaN where there is none."""

    value: float = math.nan
    lo: float = math.nan
    hi: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    @property
    def bounded(self) -> bool:
        """Whether there is an interval."""
        return not (math.isnan(self.lo) or math.isnan(self.hi))

    @property
    def sign(self) -> Sign:
        """The sign that the interval supports; undetermined where it contains 0 or does not exist."""
        if self.bounded and self.lo > 0:
            return "positive"
        if self.bounded and self.hi < 0:
            return "negative"
        return "undetermined"


MISSING = Estimate()


def estimate(record: Mapping[str, Any], value: str = "value") -> Estimate:
    """The columns ``value``, lo and hi of a table row."""
    return Estimate(number(record[value]), number(record["lo"]), number(record["hi"]))


def judged(found: Estimate, verdict: Any) -> Sign:
    """The sign of a difference, where the table's own verdict (after Holm's correction) agrees with its interval."""
    return "undetermined" if str(verdict) == "undetermined" else found.sign


def number(value: Any) -> float:
    """A float, NaN for what is missing or no number."""
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
