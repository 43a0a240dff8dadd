"""Simulations that failed."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted, percent


@check(
    code="failed_rows",
    severity="warning",
    unit="rows",
    remedy="See failure_structure for what they have in common; scores hold for cells that can be simulated.",
    any_contract=True,
)
def failed_rows(evidence: Evidence) -> CheckResult | None:
    """Rows whose simulation failed, so that they hold no cell target.

    Their microstructure targets stay. A warning: the set is smaller, and what fails is rarely
    chosen at random.
    """
    failed = evidence.rows_where("failed")
    if not failed:
        return None
    share = percent(failed.count / len(evidence.rows))
    message = f"{counted(failed.count, 'row')} of {len(evidence.rows):,} ({share}) failed."
    return CheckResult(failed.count, message, failed.query, failed.examples)
