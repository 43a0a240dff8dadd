"""Rows that are there twice."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import cell_targets_of
from ..text import agree, counted


@check(
    code="duplicate_row",
    severity="error",
    unit="rows",
    remedy="Remove the copies, such as a file that lies twice in the folder under two names.",
    any_contract=True,
)
def duplicate_row(evidence: Evidence) -> CheckResult | None:
    """Rows of one volume and one design with the same results as an earlier row.

    Counted are the rows after the first. An error: a random split trains on its test rows, and every score counts
    these cells more than once.
    """
    rows = evidence.rows
    same = ["filename", "design_digest", "failed", *cell_targets_of(evidence.contract)]
    again = evidence.rows_in(rows.duplicated(same), f"rows[rows.duplicated({same!r})]")
    if not again:
        return None
    message = (
        f"{counted(again.count, 'row')} of {len(rows):,} {agree(again.count, 'is', 'are')} there twice or more: the same volume, "
        "design and results as an earlier row."
    )
    return CheckResult(again.count, message, again.query, again.examples)
