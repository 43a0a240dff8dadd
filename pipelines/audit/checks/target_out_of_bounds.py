"""Targets outside the bounds that the contract declares."""

from __future__ import annotations

import pandas as pd

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted


@check(
    code="target_out_of_bounds",
    severity="error",
    unit="rows",
    remedy="Mend the values or make them null; where they are right, widen low and high in the contract.",
    any_contract=True,
)
def target_out_of_bounds(evidence: Evidence) -> CheckResult | None:
    """Rows with a target below its ``low`` or above its ``high``.

    The bounds are those of the contract (``[targets.NAME]``); without them nothing is asked. An error: such a value
    is no result, and squared errors make it count more than all others.
    """
    parts: dict[str, tuple[pd.Series, str]] = {}
    for item in evidence.contract.outputs:
        values = evidence.rows[item.name]
        if item.low is not None and (below := values < item.low).any():
            parts[f"{item.name} < {item.low:g}"] = below, f"(rows.{item.name} < {item.low!r})"
        if item.high is not None and (above := values > item.high).any():
            parts[f"{item.name} > {item.high:g}"] = above, f"(rows.{item.name} > {item.high!r})"
    if not parts:
        return None
    struck = evidence.rows_in(
        pd.concat([mask for mask, _ in parts.values()], axis=1).any(axis=1),
        f"rows[{' | '.join(query for _, query in parts.values())}]",
    )
    counts = "; ".join(f"{said} in {counted(int(mask.sum()), 'row')}" for said, (mask, _) in parts.items())
    message = (
        f"{counted(struck.count, 'row')} {agree(struck.count, 'lies', 'lie')} outside the declared bounds: {counts}."
    )
    return CheckResult(struck.count, message, struck.query, struck.examples)
