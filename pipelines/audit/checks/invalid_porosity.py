"""Porosities that are no share."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted, span


@check(
    code="invalid_porosity",
    severity="warning",
    unit="volumes",
    remedy="Write porosity as a share between 0 and 1, not in percent.",
)
def invalid_porosity(evidence: Evidence) -> CheckResult | None:
    """Volumes whose stated `porosity` is not between 0 and 1, such as one in percent.

    The target is undefined there, and such a porosity has no vote on which phase is pore. A warning: fewer volumes carry
    the target, and nothing confirms the phase.
    """
    invalid = evidence.files_where("porosity_raw.notna() and porosity.isna()")
    if not invalid:
        return None
    rows = evidence.rows[invalid.mask]
    percent = int(rows["porosity_raw"].between(1.0, 100.0, inclusive="right").sum())
    message = (
        f"In {counted(invalid.count, 'volume')} the stated porosity is not between 0 and 1: "
        f"{span(rows['porosity_raw'].min(), rows['porosity_raw'].max())}; {percent:,} of them could be percent."
    )
    return CheckResult(invalid.count, message, invalid.query, invalid.examples)
