"""Cells with two results."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import cell_targets_of
from ..text import counted

PAIR = ["filename", "design_digest"]


@check(
    code="contradicting_result",
    severity="warning",
    unit="rows",
    remedy="Keep one result a volume and design: remove what an earlier run left behind, or make what differs a column.",
    any_contract=True,
)
def contradicting_result(evidence: Evidence) -> CheckResult | None:
    """Rows of one volume and one design with different results, as where files of an older run still lie there.

    Counted are the distinct results of all such pairs. A warning: at least one of them is stale, or something that is no
    column told them apart.
    """
    result = [*PAIR, "failed", *cell_targets_of(evidence.contract)]
    distinct = evidence.rows.drop_duplicates(result)
    several = distinct[distinct.duplicated(PAIR, keep=False)]
    if several.empty:
        return None
    pairs = len(several.drop_duplicates(PAIR))
    query = f"rows.drop_duplicates({result!r}).loc[lambda r: r.duplicated({PAIR!r}, keep=False)]"
    picked = evidence.rows_in(evidence.rows.index.to_series().isin(several.index), query)
    message = f"{counted(pairs, 'pair')} of volume and design {'have' if pairs > 1 else 'has'} {len(several):,} different results."
    return CheckResult(len(several), message, query, picked.examples)
