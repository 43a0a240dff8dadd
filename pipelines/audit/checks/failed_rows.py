"""Simulations that failed."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted, listed, percent

PLAIN = frozenset({"failed", "fail", "failure", "error"})
"""Words that need not be shown."""


@check(
    code="failed_rows",
    severity="warning",
    unit="rows",
    remedy="Where a word means success, write success in the column status. See failure_structure for what they have in common; scores hold for cells that can be simulated.",
    any_contract=True,
)
def failed_rows(evidence: Evidence) -> CheckResult | None:
    """Rows whose simulation failed, so that they hold no cell target.

    A row failed unless `status` says success in one of the words that mean it; the others are shown, for programs have words
    of their own. Their microstructure targets stay. A warning: the set is smaller, and what fails is rarely
    chosen at random.
    """
    failed = evidence.rows_where("failed")
    if not failed:
        return None
    share = percent(failed.count / len(evidence.rows))
    words = evidence.rows.loc[failed.mask, "status"].value_counts()
    words = words[[str(word).strip().lower() not in PLAIN for word in words.index]]
    told = (
        f" Taken as failure: {listed(f'{word!r} in {number:,}' for word, number in words.items())}."
        if len(words)
        else ""
    )
    message = f"{counted(failed.count, 'row')} of {len(evidence.rows):,} ({share}) failed.{told}"
    return CheckResult(failed.count, message, failed.query, failed.examples)
