"""The first cycles of many cells: samples of time, voltage and current, each at rest or under current."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float64, Mask, UInt8
from .lists import NumberLists, Segments
from .outcome import NO_REASON, Reason, first_reason

Phases = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Traces:
    """``time`` (h), ``voltage`` (V), ``current`` (A): float64, flat, all finite; n cycles in ``samples``.

    ``phase``, int8 a sample, is 0 at rest, else the sign of the current; rest is |I| below a share of its largest value
    in the cycle. ``reason``, uint8[n], says why a cycle is empty.
    """

    samples: Segments
    time: Float64
    voltage: Float64
    current: Float64
    phase: Phases
    reason: UInt8

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def leading_rest(self) -> Mask:
        """Whether each cycle starts at rest."""
        found = np.zeros(len(self), bool)
        filled = self.samples.filled
        found[filled] = self.phase[self.samples.starts[filled]] == 0
        return found


def no_traces(n: int, reason: Reason) -> Traces:
    """Cycles of n cells without samples, all for one reason."""
    nothing = np.empty(0)
    samples = Segments(np.zeros(n + 1, np.int64))
    return Traces(samples, nothing, nothing, nothing, np.empty(0, np.int8), first_reason(n, (True, reason)))


def read_traces(time: NumberLists, voltage: NumberLists, current: NumberLists, *, rest_threshold: float) -> Traces:
    """The cycles of three columns of n lists; samples with a non-finite member are dropped first."""
    n, columns = len(time), (time, voltage, current)
    lengths = time.segments.lengths
    reason = first_reason(
        n,
        (np.any([lists.malformed for lists in columns], axis=0), Reason.INVALID_JSON),
        (~np.all([lists.present for lists in columns], axis=0), Reason.NO_CYCLE),
        (np.any([lists.segments.lengths != lengths for lists in columns], axis=0), Reason.LENGTH_MISMATCH),
    )
    sound = reason == NO_REASON
    samples = Segments.of_lengths(np.where(sound, lengths, 0))
    t, v, i = (lists.only(sound) for lists in columns)
    finite = np.isfinite(t) & np.isfinite(v) & np.isfinite(i)
    if not finite.all():
        samples, t, v, i = samples.keep(finite), t[finite], v[finite], i[finite]
    reason = first_reason(n, (True, reason), (~samples.filled, Reason.EMPTY_CYCLE))
    magnitude = np.abs(i)
    moving = magnitude >= samples.spread(rest_threshold * samples.highest(magnitude))
    return Traces(samples, t, v, i, (np.sign(i) * moving).astype(np.int8), reason)
