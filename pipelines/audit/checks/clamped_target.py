"""Target values that are placeholders: a bound of a solver, a failure, a missing value."""

from __future__ import annotations

import pandas as pd

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted

SENTINELS = (0.0, 1.0, -1.0, 99.0, 999.0, 9999.0, -99.0, -999.0, -9999.0)
"""Values that programs write where there is no result."""
FEWEST_DISTINCT = 0.5
"""Share of distinct values from which a target is continuous, so that none should come twice."""
FEWEST_REPEATS = 2
EDGE_SHARE, EDGE_REPEATS = 0.05, 5
"""Occurrences from which on the least or the greatest value counts as a clamp."""
TAU = "tortuosity_factor_"


@check(
    code="clamped_target",
    severity="error",
    unit="rows",
    remedy="Make these values null, so that the rows take no part; mend what writes them.",
    any_contract=True,
)
def clamped_target(evidence: Evidence) -> CheckResult | None:
    """Values of a continuous target that come again and again: exactly 0, 1, -1 or 999, or its least or greatest value.

    A tortuosity factor of exactly 1 is perfect transport, which no volume with a solid phase has: solvers write it
    for no path and for failure. An error: the wrong value is learned, and is the best or the worst of the set.
    Targets of the built-in contract have rules and checks of their own.
    """
    masks: dict[str, pd.Series] = {}
    for item in evidence.contract.outputs:
        values = evidence.rows[item.name]
        once = ~evidence.rows.duplicated("filename") if item.volume_only else pd.Series(data=True, index=values.index)
        is_tau = (item.descriptor or "").startswith(TAU)
        for value in _clamped(values[once].dropna(), is_tau=is_tau):
            masks[f"{item.name} = {value:.6g}"] = values == value
    if not masks:
        return None
    struck = pd.concat(masks, axis=1).any(axis=1)
    query = f"rows[{' | '.join(f'(rows.{said.split()[0]} == {said.split()[-1]})' for said in masks)}]"
    counts = "; ".join(f"{said} in {counted(int(mask.sum()), 'row')}" for said, mask in masks.items())
    return CheckResult(
        int(struck.sum()), f"One value again and again in a continuous target: {counts}.", query, tuple(masks)
    )


def _clamped(values: pd.Series, *, is_tau: bool) -> list[float]:
    """The values of a target that are placeholders."""
    if is_tau and (values == 1.0).any():
        return [1.0]
    counts = values.value_counts()
    if len(values) < EDGE_REPEATS or len(counts) < FEWEST_DISTINCT * len(values):
        return []
    struck = [value for value in SENTINELS if counts.get(value, 0) >= FEWEST_REPEATS]
    edges = [
        value for value in (values.min(), values.max()) if counts[value] >= max(EDGE_REPEATS, EDGE_SHARE * len(values))
    ]
    return sorted({*struck, *map(float, edges)})
