"""The sign of the current on discharge: the one under which the voltage falls."""

from __future__ import annotations

import numpy as np

from .trace import Trace


def sign_vote(trace: Trace) -> int:
    """The sign of discharge as one cycle shows it: 1, -1, or 0 where it shows neither.

    The voltage changes between neighbouring samples of one phase are summed with the sign of their
    current; jumps between phases, which are ohmic, do not count.
    """
    before, after = trace.phase[:-1], trace.phase[1:]
    change = np.diff(trace.voltage)
    total = float(np.sum(change * before * (before == after)))
    return (total < 0.0) - (total > 0.0)  # 0 where voltages leave the range of numbers and total is NaN


def majority(votes: dict[int, int]) -> int:
    """The sign with more votes, given ``{1: …, -1: …}``; 0 where neither has more."""
    difference = votes.get(1, 0) - votes.get(-1, 0)
    return (difference > 0) - (difference < 0)
