"""Targets that never vary."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import CELL_TARGETS, VOLUME_TARGETS
from ..text import agree, counted


@check(
    code="constant_target",
    severity="warning",
    unit="columns",
    remedy="Leave the target out (--targets): R2 and skill are undefined where there is no variance to explain.",
)
def constant_target(evidence: Evidence) -> CheckResult | None:
    """Targets with one and the same value in all rows that have one.

    A warning: it cannot distinguish models, and the overall score lacks its weight.
    """
    targets = [*CELL_TARGETS, *VOLUME_TARGETS]
    values = evidence.rows[targets].nunique()
    constant = values[values == 1].index
    if constant.empty:
        return None
    message = f"{counted(len(constant), 'target')} of {len(targets)} {agree(len(constant), 'has', 'have')} one value throughout."
    examples = tuple(f"{name} = {evidence.rows[name].dropna().iloc[0]:.6g}" for name in constant)
    query = f'rows.loc[:, "{targets[0]}":"{targets[-1]}"].nunique().loc[lambda values: values == 1]'
    return CheckResult(len(constant), message, query, examples)
