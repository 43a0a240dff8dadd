"""Diffusivities that contradict porosity and tortuosity factor."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted, span

_CONDITION = (
    "abs(d_eff_raw * tau_factor / porosity - 1) > 1e-3"
    " or (tau_factor_raw.isna() and d_eff_raw.notna() and d_eff_raw != 0 and porosity.notna() and d_eff.isna())"
)


@check(
    code="inconsistent_d_eff",
    severity="error",
    unit="volumes",
    remedy="Recompute the three columns from the volume (poregrove extract); D_eff is relative to the bulk diffusivity.",
)
def inconsistent_d_eff(evidence: Evidence) -> CheckResult | None:
    """Volumes whose `D_eff` is not porosity / tau, to one in a thousand.

    Judged where tau and porosity are valid: what goes with an invalid tau is reported there
    (`invalid_tau`). Without any tau, a diffusivity that is negative or above the porosity counts;
    an exact zero does not, for that is what a volume without a path has. An error: at least one of
    three columns that are targets is wrong.
    """
    wrong = evidence.files_where(_CONDITION)
    if not wrong:
        return None
    rows = evidence.rows[wrong.mask]
    ratio = rows["d_eff_raw"] * rows["tau_factor"] / rows["porosity"]
    times = f"; it is {span(ratio.min(), ratio.max(), digits=4)} times that" if ratio.notna().any() else ""
    message = f"In {counted(wrong.count, 'volume')} D_eff contradicts porosity / tau{times}."
    return CheckResult(wrong.count, message, wrong.query, wrong.examples)
