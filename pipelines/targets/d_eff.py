"""Effective over bulk diffusivity: the data set's column, where it is possible."""

from __future__ import annotations

import numpy as np

from ...array_types import Float64
from .outcome import Outcomes, Reason, outcomes


def d_eff(value: Float64, porosity: Outcomes) -> Outcomes:
    """The values above 0 and at most the porosity, which must itself be valid."""
    return outcomes(
        value,
        (np.isnan(value), Reason.MISSING),
        (~((value > 0.0) & (value < np.inf)), Reason.INVALID_D_EFF),
        (~porosity.defined, Reason.NO_VALID_POROSITY),
        (value > porosity.value, Reason.INVALID_D_EFF),
    )
