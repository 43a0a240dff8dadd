"""Many lists of numbers in one flat array, and what is computed for each of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from ...array_types import Float64, Int64, Mask

T = TypeVar("T", bound=np.generic)
NOWHERE = -1
"""Position of something that a list does not hold."""


@dataclass(frozen=True, eq=False)
class Segments:
    """Division of a flat array into n lists: list i is at ``offsets[i]`` to ``offsets[i + 1]``; int64[n + 1], from 0.

    Arrays "an item" have one value for each position of the flat array, arrays "a list" have n.
    """

    offsets: Int64

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of_lengths(cls, lengths: Int64) -> Segments:
        """Lists of these lengths, one after the other."""
        return cls(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    @cached_property
    def starts(self) -> Int64:
        """Position of the first item of each list."""
        return self.offsets[:-1]

    @cached_property
    def lengths(self) -> Int64:
        """Number of items of each list."""
        return np.diff(self.offsets)

    @cached_property
    def filled(self) -> Mask:
        """Whether each list holds an item."""
        return self.lengths > 0

    @cached_property
    def index(self) -> Int64:
        """Number of the list of each item."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def place(self) -> Int64:
        """Place of each item within its list, from 0."""
        return np.arange(self.offsets[-1]) - np.repeat(self.starts, self.lengths)

    def spread(self, values: np.ndarray[tuple[int], np.dtype[T]]) -> np.ndarray[tuple[int], np.dtype[T]]:
        """The value of its list for each item."""
        return np.repeat(values, self.lengths)

    def keep(self, kept: Mask) -> Segments:
        """The lists without the items that are not kept (a mask an item)."""
        before = np.concatenate([[0], np.cumsum(kept)])
        return Segments(before[self.offsets])

    def total(self, values: Float64) -> Float64:
        """Sum of each list, 0 where it is empty."""
        return self._reduced(np.add, values, 0.0)

    def highest(self, values: Float64) -> Float64:
        """Largest item of each list, minus infinity where it is empty."""
        return self._reduced(np.maximum, values, -np.inf)

    def count(self, marked: Mask) -> Int64:
        """Number of marked items of each list."""
        before = np.concatenate([[0], np.cumsum(marked)])
        return np.diff(before[self.offsets])

    def any(self, marked: Mask) -> Mask:
        """Whether an item of each list is marked."""
        return self.first_position(marked) != NOWHERE if marked.any() else np.zeros(len(self), bool)

    def first(self, values: Float64) -> Float64:
        """First item of each list, NaN where it is empty."""
        return self._at(values, self.starts, self.filled)

    def last(self, values: Float64, before: int = 0) -> Float64:
        """Last item of each list, or the one that many ``before`` it; NaN where there is none."""
        return self._at(values, self.offsets[1:] - 1 - before, self.lengths > before)

    def at(self, values: Float64, position: Int64) -> Float64:
        """The item at one position a list, NaN where that is ``NOWHERE``."""
        return self._at(values, position, position != NOWHERE)

    def first_position(self, marked: Mask) -> Int64:
        """Position of the first marked item of each list, ``NOWHERE`` where none is."""
        positions = np.append(np.flatnonzero(marked), len(marked))  # the end stands for none
        found = positions[np.searchsorted(positions[:-1], self.starts)]
        return np.where(found < self.offsets[1:], found, NOWHERE)

    def last_position(self, marked: Mask) -> Int64:
        """Position of the last marked item of each list, ``NOWHERE`` where none is."""
        positions = np.insert(np.flatnonzero(marked), 0, NOWHERE)
        found = positions[np.searchsorted(positions[1:], self.offsets[1:])]
        return np.where(found >= self.starts, found, NOWHERE)

    def running_minimum(self, values: Float64) -> Float64:
        """The smallest of each item and those before it in its list, by doubling the reach (Hillis and Steele 1986)."""
        least, reach, longest = values.copy(), 1, int(self.lengths.max(initial=0))
        while reach < longest:
            np.minimum(least[reach:], least[:-reach].copy(), out=least[reach:], where=self.place[reach:] >= reach)
            reach *= 2
        return least

    @cached_property
    def has_next(self) -> Mask:
        """Whether another item follows each one in its list."""
        found = np.ones(self.offsets[-1], bool)
        found[self.offsets[1:][self.filled] - 1] = False
        return found

    def next(self, values: np.ndarray[tuple[int], np.dtype[T]]) -> np.ndarray[tuple[int], np.dtype[T]]:
        """The item that follows each one; of no meaning where ``has_next`` is false."""
        return np.append(values[1:], values[:1])

    def change(self, values: Float64) -> Float64:
        """The item that follows each one less that one, 0 where none follows."""
        found = np.zeros(len(values))
        np.subtract(values[1:], values[:-1], out=found[:-1], where=self.has_next[:-1])
        return found

    def _reduced(self, how: np.ufunc, values: Float64, empty: float) -> Float64:
        found = np.full(len(self), empty)
        if len(values):
            found[self.filled] = how.reduceat(values, self.starts[self.filled])
        return found

    def _at(self, values: Float64, position: Int64, there: Mask) -> Float64:
        found = np.full(len(self), np.nan)
        found[there] = values[position[there]]
        return found


@dataclass(frozen=True, eq=False)
class NumberLists:
    """n lists of float64 as a file holds them: ``present`` where not null, ``malformed`` where no list of numbers."""

    values: Float64
    segments: Segments
    present: Mask
    malformed: Mask

    def __len__(self) -> int:
        return len(self.segments)

    @classmethod
    def of(cls, lists: Sequence[Float64 | None], malformed: Sequence[bool] = ()) -> NumberLists:
        """Lists that are in memory one by one; None is null."""
        lengths = np.array([0 if values is None else len(values) for values in lists], np.int64)
        return cls(
            np.concatenate([np.empty(0), *(values for values in lists if values is not None)]),
            Segments.of_lengths(lengths),
            np.array([values is not None for values in lists], bool),
            np.array(malformed, bool) if len(malformed) else np.zeros(len(lists), bool),
        )

    def only(self, wanted: Mask) -> Float64:
        """The items of the lists that are wanted (a mask a list)."""
        return self.values if wanted.all() else self.values[self.segments.spread(wanted)]
