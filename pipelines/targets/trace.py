"""The first cycle of one cell: samples of time, voltage and current, each at rest or under current."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float64
from .outcome import Reason

PoreConvention = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """``time`` (h), ``voltage`` (V), ``current`` (A): float64[n], all finite; a reason where n = 0.

    ``phase`` is int8[n]: 0 at rest, else the sign of the current. Rest is |I| below a share of max |I|.
    """

    time: Float64
    voltage: Float64
    current: Float64
    phase: PoreConvention
    reason: Reason | None = None

    def __len__(self) -> int:
        return len(self.time)

    @property
    def leading_rest(self) -> bool:
        """Whether the cycle starts at rest."""
        return len(self) > 0 and bool(self.phase[0] == 0)


_NOTHING = np.empty(0)
_NO_PHASE = np.empty(0, np.int8)


def no_trace(reason: Reason) -> Trace:
    """A cycle without samples, and why."""
    return Trace(_NOTHING, _NOTHING, _NOTHING, _NO_PHASE, reason)


def read_trace(time: Float64, voltage: Float64, current: Float64, *, rest_threshold: float) -> Trace:
    """The cycle of three lists; samples with a non-finite member are dropped first."""
    if not len(time) == len(voltage) == len(current):
        return no_trace(Reason.LENGTH_MISMATCH)
    finite = np.isfinite(time) & np.isfinite(voltage) & np.isfinite(current)
    kept = int(np.count_nonzero(finite))
    if kept == 0:
        return no_trace(Reason.EMPTY_CYCLE)
    if kept < len(time):
        time, voltage, current = time[finite], voltage[finite], current[finite]
    magnitude = np.abs(current)
    moving = magnitude >= rest_threshold * magnitude.max()
    return Trace(time, voltage, current, (np.sign(current) * moving).astype(np.int8))
