"""Cell targets that cannot be computed."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import cell_targets_of, columns_query
from ..text import agree, counted

EXPECTED = ("no_rest_to_discharge", "not_simulated")
"""Reasons that somebody chose: ``target.dcir = strict`` (those rows are ``no_leading_rest``), and a cell not simulated."""


@check(
    code="undefined_target",
    severity="warning",
    unit="rows",
    remedy="The reason says what the trace lacks; rows without a target take no part in training and scores of it.",
    any_contract=True,
)
def undefined_target(evidence: Evidence) -> CheckResult | None:
    """Rows that did not fail, yet lack a cell target, with the reasons counted.

    Rows that failed are `failed_rows`. A resistance left undefined because the user asked for the
    strict definition does not count, nor does a cell that was not simulated. A warning: the target's score rests on fewer rows.
    """
    targets = cell_targets_of(evidence.contract)
    if not targets:
        return None
    reasons = evidence.rows[[f"{name}_reason" for name in targets]]
    lacking = reasons.notna() & ~reasons.isin(EXPECTED)
    query = (
        f"rows[~rows.failed & {columns_query('rows', [*map(str, reasons)], evidence.contract)}"
        f".apply(lambda reason: reason.notna() & ~reason.isin({EXPECTED})).any(axis=1)]"
    )
    undefined = evidence.rows_in(~evidence.rows["failed"] & lacking.any(axis=1), query)
    if not undefined:
        return None
    told = reasons.where(lacking)[undefined.mask]
    tally = "; ".join(
        f"{name} "
        + ", ".join(f"{reason} in {number:,}" for reason, number in told[f"{name}_reason"].value_counts().items())
        for name in targets
        if told[f"{name}_reason"].notna().any()
    )
    message = f"{counted(undefined.count, 'row')} did not fail but {agree(undefined.count, 'lacks', 'lack')} a target: {tally}."
    return CheckResult(undefined.count, message, query, undefined.examples)
