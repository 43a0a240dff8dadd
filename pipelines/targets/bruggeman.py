"""Bruggeman exponent b of tau = porosity^(1 - b)."""

from __future__ import annotations

import math

from .outcome import Outcome, Reason, undefined


def bruggeman_given(value: float, tau: Outcome) -> Outcome:
    """The data set's own exponent, where it is finite and the tortuosity factor is valid."""
    if math.isnan(value):
        return undefined(Reason.MISSING)
    if math.isinf(value):
        return undefined(Reason.NOT_FINITE)
    return Outcome(value) if tau.reason is None else undefined(Reason.NO_VALID_TAU)


def bruggeman_derived(tau: Outcome, porosity: Outcome) -> Outcome:
    """The exponent 1 - ln tau / ln porosity, where both are valid."""
    if tau.reason is not None:
        return undefined(Reason.NO_VALID_TAU)
    if porosity.reason is not None:
        return undefined(Reason.NO_VALID_POROSITY)
    return Outcome(1.0 - math.log(tau.value) / math.log(porosity.value))
