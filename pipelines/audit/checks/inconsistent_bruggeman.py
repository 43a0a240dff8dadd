"""Bruggeman exponents that contradict tortuosity factor and porosity."""

from __future__ import annotations

import numpy as np

from ....schema import Severity
from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted, span

_CONDITION = (
    "abs(bruggeman_raw - (1 - log(tau_factor) / log(porosity))) > 1e-3"
    " or (bruggeman_raw.notna() and tau_factor_raw.notna() and tau_factor.isna())"
)


@check(
    code="inconsistent_bruggeman",
    severity="warning",
    unit="volumes",
    remedy="Set target.bruggeman to derived, which computes the exponent from tau and porosity; "
    "cells simulated with a clamped exponent do not belong to their image.",
)
def inconsistent_bruggeman(evidence: Evidence) -> CheckResult | None:
    """Volumes whose `bruggeman_derived` is not 1 - ln tau / ln porosity, to 0.001.

    Counted are exponents that differ from the one derived, and exponents that stand beside an
    invalid tau, from which none can be derived: both are clamped constants. A warning: the column
    is still what the cells were simulated with, but it does not describe the image. An info once
    the exponent is derived by setting.
    """
    wrong = evidence.files_where(_CONDITION)
    if not wrong:
        return None
    rows = evidence.rows[wrong.mask]
    without_tau = int(rows["tau_factor"].isna().sum())
    off = (rows["bruggeman_raw"] - (1.0 - np.log(rows["tau_factor"]) / np.log(rows["porosity"]))).abs()
    message = (
        f"In {counted(wrong.count, 'volume')} bruggeman_derived contradicts tau and porosity: the column says "
        f"{span(rows['bruggeman_raw'].min(), rows['bruggeman_raw'].max())}, without a valid tau in {without_tau:,} of them"
    )
    message += f", and off by up to {off.max():.3g} in the others." if off.notna().any() else "."
    severity: Severity | None = "info" if evidence.settings.bruggeman == "derived" else None
    return CheckResult(wrong.count, message, wrong.query, wrong.examples, severity=severity)
