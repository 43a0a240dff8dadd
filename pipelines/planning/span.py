"""An estimate with its range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """An estimated amount, such as processor seconds, between a low and a high one."""

    likely: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Span:
        """Mean, least and greatest of what was measured."""
        measured = list(values)
        return cls(sum(measured) / len(measured), min(measured), max(measured)) if measured else cls()

    @classmethod
    def about(cls, value: float, factor: float) -> Span:
        """A value that may be wrong by a factor either way."""
        return cls(value, value / factor, value * factor)

    def __add__(self, other: Span) -> Span:
        return Span(self.likely + other.likely, self.low + other.low, self.high + other.high)

    def __mul__(self, factor: float) -> Span:
        return Span(self.likely * factor, self.low * factor, self.high * factor)

    def within(self, factor: float) -> Span:
        """The same with a range at least as wide as a factor either way."""
        return Span(self.likely, min(self.low, self.likely / factor), max(self.high, self.likely * factor))


def total(spans: Iterable[Span]) -> Span:
    """The sum; the ranges add, since estimates of one machine are mistaken alike."""
    return sum(spans, Span())
