"""Tortuosity factor: the data set's column, where it can be one."""

from __future__ import annotations

import math

from ...schema import LOWEST_TAU
from .outcome import Outcome, Reason, undefined


def tau_factor(value: float) -> Outcome:
    """The value where it is finite and at least ``LOWEST_TAU``."""
    if math.isnan(value):
        return undefined(Reason.MISSING)
    if math.isinf(value) or value < LOWEST_TAU:
        return undefined(Reason.INVALID_TAU)
    return Outcome(value)
