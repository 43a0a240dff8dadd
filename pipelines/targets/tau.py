"""Tortuosity factor: the data set's column, where it can be one."""

from __future__ import annotations

import numpy as np

from ...array_types import Float64
from .outcome import Outcomes, Reason, outcomes

LOWEST = 0.999
"""A tortuosity factor is at least 1; solvers stop a little early."""


def tau_factor(value: Float64) -> Outcomes:
    """The values that are finite and at least ``LOWEST``."""
    return outcomes(value, (np.isnan(value), Reason.MISSING), (np.isinf(value) | (value < LOWEST), Reason.INVALID_TAU))
