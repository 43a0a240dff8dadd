"""Tortuosity factors that cannot be one."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted, span


@check(
    code="invalid_tau",
    severity="warning",
    unit="volumes",
    remedy="Write null where a solver found no path; never average or plot this column as it is.",
)
def invalid_tau(evidence: Evidence) -> CheckResult | None:
    """Volumes whose `tau_factor` is infinite or below 0.999, which no pore space has.

    Solvers write 0, inf or a large negative number where no path leads through, with a `D_eff`
    to match; the nonsense in `D_eff` is part of this finding. The targets tau, D_eff and Bruggeman
    exponent of such a volume are undefined where they are invalid. A warning: fewer volumes carry
    these targets.
    """
    invalid = evidence.files_where("tau_factor_raw.notna() and tau_factor.isna()")
    if not invalid:
        return None
    rows = evidence.rows[invalid.mask]
    message = (
        f"In {counted(invalid.count, 'volume')} tau_factor is no tortuosity factor: "
        f"{span(rows['tau_factor_raw'].min(), rows['tau_factor_raw'].max(), digits=7)}, "
        f"beside D_eff of {span(rows['d_eff_raw'].min(), rows['d_eff_raw'].max())}."
    )
    return CheckResult(invalid.count, message, invalid.query, invalid.examples)
