"""Tortuosity factor: the data set's column, where it can be one."""

from __future__ import annotations

import numpy as np

from ...array_types import Float64
from ...schema import LOWEST_TAU
from .outcome import Outcomes, Reason, outcomes


def tau_factor(value: Float64) -> Outcomes:
    """The values that are finite and at least ``LOWEST_TAU``."""
    return outcomes(
        value, (np.isnan(value), Reason.MISSING), (np.isinf(value) | (value < LOWEST_TAU), Reason.INVALID_TAU)
    )
