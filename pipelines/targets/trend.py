"""The capacity trends of many cells: finite pairs of cycle number and capacity, in order, with the faults found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...array_types import Float64, Int64, Mask, UInt8
from .fault import FIRST_CUT, LAST_CUT, NEXT, RISE, Fault
from .lists import NumberLists, Segments
from .outcome import NO_REASON, Reason, first_reason

_FEWEST = 3
"""Fewest points among which an outlier can be recognised."""


@dataclass(frozen=True, eq=False)
class Trends:
    """``cycle`` (increasing within a list) and ``capacity`` (Ah): float64, flat, all finite; n lists in ``points``.

    A list: ``reason``, uint8[n], why it is empty; ``tail``, uint8[n], why nothing that depends on its last pair is
    defined; ``dropped``, int64[n], the pairs left out because a member was not finite; ``faults`` the rows with each.
    """

    points: Segments
    cycle: Float64
    capacity: Float64
    reason: UInt8
    tail: UInt8
    dropped: Int64
    faults: Mapping[Fault, Mask]

    def __len__(self) -> int:
        return len(self.points)

    @property
    def first_capacity(self) -> Float64:
        """Capacity of the first pair, NaN without one."""
        return self.points.first(self.capacity)

    @property
    def last_cycle(self) -> Float64:
        """Cycle number of the last pair, NaN without one."""
        return self.points.last(self.cycle)

    @property
    def no_end(self) -> UInt8:
        """Why targets of all pairs, the last included, are undefined."""
        return np.where(self.reason == NO_REASON, self.tail, self.reason)

    def keep(self, kept: Mask) -> Trends:
        """The trends without some of their pairs (a mask a pair)."""
        if kept.all():
            return self
        return replace(self, points=self.points.keep(kept), cycle=self.cycle[kept], capacity=self.capacity[kept])


def no_trends(n: int, reason: Reason) -> Trends:
    """Trends of n cells without a pair, all for one reason."""
    nothing, none = np.empty(0), np.zeros(n, np.uint8)
    points = Segments(np.zeros(n + 1, np.int64))
    why = first_reason(n, (True, reason))
    return Trends(points, nothing, nothing, why, none, np.zeros(n, np.int64), {})


def read_trends(cycle: NumberLists, capacity: NumberLists) -> Trends:
    """The trends of two columns of n lists, by the rules of ``Fault``; pairs with a non-finite member are dropped first."""
    n = len(cycle)
    reason = first_reason(
        n,
        (cycle.malformed | capacity.malformed, Reason.INVALID_JSON),
        (~(cycle.present & capacity.present), Reason.NO_TREND),
        (cycle.segments.lengths != capacity.segments.lengths, Reason.LENGTH_MISMATCH),
    )
    sound = reason == NO_REASON
    stored = Segments.of_lengths(np.where(sound, cycle.segments.lengths, 0))
    x, y = cycle.only(sound), capacity.only(sound)
    finite = np.isfinite(x) & np.isfinite(y)
    points = stored
    if not finite.all():
        points, x, y = stored.keep(finite), x[finite], y[finite]
    reason = first_reason(n, (True, reason), (~points.filled, Reason.NO_TREND))
    none = np.zeros(n, np.uint8)
    trends = Trends(points, x, y, reason, none, stored.lengths - points.lengths, {})
    return _with_tail_faults(_usable(_without_zeros(_in_order(trends))))


def _in_order(trends: Trends) -> Trends:
    """The pairs by cycle number, those that are there twice once."""
    points = trends.points
    step = points.change(trends.cycle)
    odd = points.any(points.has_next & (step <= 0.0))
    if not odd.any():
        return trends
    unsorted = points.any(step < 0.0)
    cycle, capacity = trends.cycle.copy(), trends.capacity.copy()
    moved = np.flatnonzero(points.spread(odd))
    order = moved[np.lexsort((capacity[moved], cycle[moved], points.index[moved]))]
    cycle[moved], capacity[moved] = trends.cycle[order], trends.capacity[order]
    again = points.has_next & (points.change(cycle) == 0.0)
    kept = np.ones(len(cycle), bool)
    kept[np.flatnonzero(again & (points.change(capacity) == 0.0)) + 1] = False
    faults = {Fault.UNSORTED: unsorted, Fault.REPEATED: points.any(again)}
    return replace(trends, cycle=cycle, capacity=capacity, faults=faults).keep(kept)


def _without_zeros(trends: Trends) -> Trends:
    """The pairs without capacities of 0 between positive ones."""
    points, zero = trends.points, trends.capacity == 0.0
    if not zero.any():
        return trends
    first, last = points.first_position(~zero), points.last_position(~zero)
    position = np.arange(len(zero))
    before_last = zero & (position < points.spread(last))  # a list of zeros alone has its last one NOWHERE
    between = before_last & (position > points.spread(first))
    faults = {**trends.faults, Fault.ZERO: points.any(before_last)}
    return replace(trends, faults=faults).keep(~between)


def _usable(trends: Trends) -> Trends:
    """The trends that can be used; the others lose their pairs and get the reason."""
    points, first = trends.points, trends.first_capacity
    repeated = points.any(points.has_next & (points.change(trends.cycle) == 0.0))
    negative = ~repeated & points.any(trends.capacity < 0.0)
    no_first = ~repeated & ~negative & (first == 0.0)
    cut = ~repeated & ~negative & ~no_first & (points.lengths >= _FEWEST)
    cut[cut] = first[cut] < FIRST_CUT * _median_of_next(trends, cut)
    reason = first_reason(
        len(trends),
        (True, trends.reason),
        (repeated, Reason.REPEATED_CYCLE),
        (negative, Reason.NEGATIVE_CAPACITY),
        (no_first, Reason.NO_FIRST_CAPACITY),
        (cut, Reason.FIRST_CYCLE_CUT),
    )
    faults = {**trends.faults, Fault.NEGATIVE: negative, Fault.FIRST_CUT: cut}
    trends = replace(trends, reason=reason, faults=faults)
    unusable = (reason != NO_REASON) & points.filled
    return trends.keep(~points.spread(unusable)) if unusable.any() else trends


def _median_of_next(trends: Trends, wanted: Mask) -> Float64:
    """Median of the ``NEXT`` capacities after the first, or of as many as there are, in the lists that are wanted."""
    points = trends.points
    place = np.arange(1, NEXT + 1)
    position = points.starts[wanted, None] + place
    there = place < points.lengths[wanted, None]
    following = np.sort(np.where(there, trends.capacity[np.where(there, position, 0)], np.inf), axis=1)
    count = there.sum(axis=1)[:, None]
    lower, upper = np.take_along_axis(following, np.hstack([(count - 1) // 2, count // 2]), axis=1).T
    median: Float64 = 0.5 * lower + 0.5 * upper  # halved first: the sum of two may leave the range of numbers
    return median


def _with_tail_faults(trends: Trends) -> Trends:
    """The trends with what is odd at their end and between, which leaves their pairs as they are."""
    points, capacity = trends.points, trends.capacity
    cut = (points.lengths >= _FEWEST) & (points.last(capacity) < LAST_CUT * points.last(capacity, before=1))
    faults = {**trends.faults, Fault.LAST_CUT: cut, Fault.RECOVERS: _recovers(trends)}
    return replace(trends, tail=first_reason(len(trends), (cut, Reason.LAST_CYCLE_CUT)), faults=faults)


def _recovers(trends: Trends) -> Mask:
    """The trends that rise by more than ``RISE`` of the first capacity above an earlier one."""
    points, rise = trends.points, RISE * trends.first_capacity
    # no rise is larger than all steps upwards together (but for rounding), which settles most trends
    climbs = points.total(np.maximum(points.change(trends.capacity), 0.0)) > 0.999 * rise
    candidates = trends.keep(points.spread(climbs))
    least = candidates.points.running_minimum(candidates.capacity)
    return climbs & (candidates.points.highest(candidates.capacity - least) > rise)
