"""The sign of the current on discharge: the one under which the voltage falls."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .trace import Traces


def sign_votes(traces: Traces) -> NDArray[np.int8]:
    """The sign of discharge as each cycle shows it, int8[n]: 1, -1, or 0 where it shows neither.

    The voltage changes between neighbouring samples of one phase are summed with the sign of their
    current; jumps between phases, which are ohmic, do not count.
    """
    samples, phase = traces.samples, traces.phase
    total = samples.total(samples.change(traces.voltage) * np.where(phase == samples.next(phase), phase, 0))
    # 0 where voltages leave the range of numbers and the total is NaN
    return (total < 0.0).astype(np.int8) - (total > 0.0).astype(np.int8)


def majority(votes: Mapping[int, int]) -> int:
    """The sign with more votes, given ``{1: …, -1: …}``; 0 where neither has more."""
    difference = votes.get(1, 0) - votes.get(-1, 0)
    return (difference > 0) - (difference < 0)
