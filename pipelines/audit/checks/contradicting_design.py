"""Ids of two designs."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted


@check(
    code="contradicting_design",
    severity="warning",
    unit="designs",
    remedy="Give every vector of scalars one param_id; folds follow the scalars, whatever the ids say.",
)
def contradicting_design(evidence: Evidence) -> CheckResult | None:
    """Values of `param_id` under which rows hold different scalars.

    Scalars that differ only in the digits they were stored with are one design: equal as float32, or all within a relative
    1e-5 under one id. A warning: whoever groups by the id puts different designs together, and a join by it was wrong.
    """
    designs = evidence.rows.groupby("param_id", sort=False)["design_digest"].nunique()
    torn = designs[designs > 1]
    if torn.empty:
        return None
    message = (
        f"{counted(len(torn), 'param_id')} of {len(designs):,} {agree(len(torn), 'names', 'name')} more than one design, "
        f"up to {int(torn.max()):,}."
    )
    query = 'rows.groupby("param_id")["design_digest"].nunique().loc[lambda designs: designs > 1]'
    return CheckResult(len(torn), message, query, tuple(f"param_id {name}" for name in torn.index[:SHOWN]))
