"""Scales from data to user units, and their ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ..format import number
from ..summary.estimate import Estimate


@dataclass(frozen=True)
class Axis:
    """A linear axis from ``low`` at ``start`` to ``high`` at ``end``; logarithms are taken where ``log``."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The position of a value, unclipped."""
        scaled = math.log(value) if self.log else value
        span = self.high - self.low or 1.0
        return self.start + (scaled - self.low) / span * (self.end - self.start)

    def clipped(self, value: float) -> float:
        """The position of a value, held between the ends."""
        first, last = sorted((self.start, self.end))
        return min(max(self.at(value), first), last)

    def ticks(self, n: int = 5) -> list[tuple[float, str]]:
        """Positions and texts of about ``n`` ticks."""
        values = log_ticks(math.exp(self.low), math.exp(self.high), n) if self.log else ticks(self.low, self.high, n)
        step = min((abs(b - a) for a, b in pairwise(values)), default=0.0)
        small = 1e-5 if max(map(abs, values), default=0.0) >= 1e-4 else 1e-3  # noqa: PLR2004  0.0005 is shorter than a power
        return [(self.at(value), number(value, _digits(value, step), small=small)) for value in values]


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """About ``n`` round values in low..high, steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    rough = span / n
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((power * factor for factor in (1, 2, 5, 10)), key=lambda size: abs(math.log(size / rough)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def log_ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Round values in low..high: decades, or 1-2-5 within few decades, or plain ticks within one."""
    if high / low < 4:  # noqa: PLR2004  within two doublings a linear division reads better
        return [value for value in ticks(low, high, n) if value > 0]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [10.0**decade * factor for decade in decades for factor in (1, 2, 5)]
    found = [value for value in fine if low <= value <= high]
    if len(found) <= n + 1:
        return found
    coarse = [10.0**decade for decade in decades if low <= 10.0**decade <= high]
    return coarse[:: max(1, -(-len(coarse) // n))] if len(coarse) > 1 else found[:: -(-len(found) // n)]


def _digits(value: float, step: float) -> int:
    """Number of significant digits that distinguish a tick from its neighbour ``step`` away."""
    if value == 0 or step <= 0:
        return 3
    return max(1, math.floor(math.log10(abs(value)) + 1e-9) - math.floor(math.log10(step) + 1e-9) + 1)


def symmetric(estimates: Iterable[Estimate], least: float = 0.05, most: float = 1.0) -> float:
    """Half the width of an axis around 0 that holds the estimates with their intervals, between bounds."""
    values = [abs(x) for item in estimates for x in (item.value, item.lo, item.hi) if math.isfinite(x)]
    return min(max([*values, least]) * 1.05, most)
