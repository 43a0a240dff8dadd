"""Tortuosity factor: the data set's column, where it can be one."""

from __future__ import annotations

import math

from .outcome import Outcome, Reason, undefined

LOWEST = 0.999
"""A tortuosity factor is at least 1; solvers stop a little early."""


def tau_factor(value: float) -> Outcome:
    """The value where it is finite and at least ``LOWEST``."""
    if math.isnan(value):
        return undefined(Reason.MISSING)
    if math.isinf(value) or value < LOWEST:
        return undefined(Reason.INVALID_TAU)
    return Outcome(value)
