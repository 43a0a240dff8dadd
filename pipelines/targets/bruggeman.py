"""Bruggeman exponent b of tau = porosity^(1 - b)."""

from __future__ import annotations

import numpy as np

from ...array_types import Float64
from .outcome import Outcomes, Reason, outcomes


def bruggeman_given(value: Float64, tau: Outcomes) -> Outcomes:
    """The data set's own exponents, where finite and the tortuosity factor is valid."""
    return outcomes(
        value,
        (np.isnan(value), Reason.MISSING),
        (np.isinf(value), Reason.NOT_FINITE),
        (~tau.defined, Reason.NO_VALID_TAU),
    )


def bruggeman_derived(tau: Outcomes, porosity: Outcomes) -> Outcomes:
    """The exponents 1 - ln tau / ln porosity, where both are valid."""
    exponent = 1.0 - np.log(tau.value) / np.log(porosity.value)
    return outcomes(exponent, (~tau.defined, Reason.NO_VALID_TAU), (~porosity.defined, Reason.NO_VALID_POROSITY))
