"""Targets without a single value."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import cell_targets_of, columns_query, volume_targets_of
from ..text import agree, counted


@check(
    code="empty_target",
    severity="warning",
    unit="columns",
    remedy="See to the column that the target comes from, or leave the target out (--targets): nothing can be learned of it.",
    any_contract=True,
)
def empty_target(evidence: Evidence) -> CheckResult | None:
    """Targets that no row has a value of, with the reason that most rows give.

    A warning: no model is compared on such a target, and the overall score lacks its weight.
    """
    targets = [*cell_targets_of(evidence.contract), *volume_targets_of(evidence.contract)]
    values = evidence.rows[targets].notna().any()
    empty = values[~values].index
    if empty.empty:
        return None
    message = (
        f"{counted(len(empty), 'target')} of {len(targets)} {agree(len(empty), 'has', 'have')} no value in any row."
    )
    examples = tuple(f"{name}: {_reason(evidence, name)}" for name in empty)
    query = f"{columns_query('rows', targets, evidence.contract)}.notna().any().loc[lambda known: ~known]"
    return CheckResult(len(empty), message, query, examples)


def _reason(evidence: Evidence, name: str) -> str:
    reasons = evidence.rows[f"{name}_reason"].value_counts()
    return "no reason is given" if reasons.empty else str(reasons.index[0])
