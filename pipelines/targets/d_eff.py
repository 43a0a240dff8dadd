"""Effective over bulk diffusivity: the data set's column, where it is possible."""

from __future__ import annotations

import math

from .outcome import Outcome, Reason, undefined


def d_eff(value: float, porosity: Outcome) -> Outcome:
    """The value where it is above 0 and at most the porosity, which must itself be valid."""
    if math.isnan(value):
        return undefined(Reason.MISSING)
    if not 0.0 < value < math.inf:
        return undefined(Reason.INVALID_D_EFF)
    if porosity.reason is not None:
        return undefined(Reason.NO_VALID_POROSITY)
    return Outcome(value) if value <= porosity.value else undefined(Reason.INVALID_D_EFF)
