"""Porosity: the data set's column, where it is a fraction."""

from __future__ import annotations

import numpy as np

from ...array_types import Float64
from .outcome import Outcomes, Reason, outcomes


def porosity(value: Float64) -> Outcomes:
    """The values in the open interval (0, 1)."""
    return outcomes(
        value, (np.isnan(value), Reason.MISSING), (~((value > 0.0) & (value < 1.0)), Reason.INVALID_POROSITY)
    )
