"""Targets that never vary."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import cell_targets_of, columns_query, volume_targets_of
from ..text import agree, counted


@check(
    code="constant_target",
    severity="warning",
    unit="columns",
    remedy="Leave the target out (--targets): R2 and skill are undefined where there is no variance to explain.",
    any_contract=True,
)
def constant_target(evidence: Evidence) -> CheckResult | None:
    """Targets with one and the same value in all rows that have one.

    A warning: it cannot distinguish models, and the overall score lacks its weight.
    """
    targets = [*cell_targets_of(evidence.contract), *volume_targets_of(evidence.contract)]
    values = evidence.rows[targets].nunique()
    constant = values[values == 1].index
    if constant.empty:
        return None
    message = f"{counted(len(constant), 'target')} of {len(targets)} {agree(len(constant), 'has', 'have')} one value throughout."
    examples = tuple(f"{name} = {evidence.rows[name].dropna().iloc[0]:.6g}" for name in constant)
    query = f"{columns_query('rows', targets, evidence.contract)}.nunique().loc[lambda values: values == 1]"
    return CheckResult(len(constant), message, query, examples)
