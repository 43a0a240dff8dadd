"""Porosity: the data set's column, where it is a fraction."""

from __future__ import annotations

import math

from .outcome import Outcome, Reason, undefined


def porosity(value: float) -> Outcome:
    """The value where it is in the open interval (0, 1)."""
    if math.isnan(value):
        return undefined(Reason.MISSING)
    return Outcome(value) if 0.0 < value < 1.0 else undefined(Reason.INVALID_POROSITY)
