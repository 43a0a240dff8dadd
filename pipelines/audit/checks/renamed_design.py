"""Designs of two ids."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted


@check(
    code="renamed_design",
    severity="info",
    unit="designs",
    remedy="Give every vector of scalars one param_id; folds follow the scalars, whatever the ids say.",
)
def renamed_design(evidence: Evidence) -> CheckResult | None:
    """Vectors of scalars that occur under more than one `param_id`.

    An info: folds are grouped by the scalars, so nothing leaks here, but any split by the id does.
    """
    ids = evidence.rows.groupby("design_digest", sort=False)["param_id"].agg(["nunique", "first"])
    shared = ids[ids["nunique"] > 1]
    if shared.empty:
        return None
    message = f"{counted(len(shared), 'design')} of {len(ids):,} {agree(len(shared), 'goes', 'go')} by more than one param_id."
    query = 'rows.groupby("design_digest")["param_id"].nunique().loc[lambda ids: ids > 1]'
    return CheckResult(len(shared), message, query, tuple(f"param_id {name}" for name in shared["first"].head(SHOWN)))
