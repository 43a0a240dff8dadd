"""Targets that say the same thing twice."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import cell_targets_of, columns_query, volume_targets_of
from ..text import counted

HIGHEST = 0.9
MOST = 6
"""Pairs that are named."""
FEWEST = 10
"""A rank correlation of fewer values says nothing."""


@check(
    code="coupled_targets",
    severity="warning",
    unit="columns",
    remedy="Read the overall score without the coupled targets, which is shown beside it.",
    any_contract=True,
)
def coupled_targets(evidence: Evidence) -> CheckResult | None:
    """Targets that take part in a pair whose Spearman rank correlation is above 0.9 in size.

    Cell targets are compared over rows, microstructure targets over distinct files. A warning:
    the overall score counts such a pair twice, so it looks like more evidence than it is.
    """
    files = evidence.rows.drop_duplicates("filename")
    groups = [
        (evidence.rows, "rows", cell_targets_of(evidence.contract)),
        (files, 'rows.drop_duplicates("filename")', volume_targets_of(evidence.contract)),
    ]
    groups = [group for group in groups if group[2]]
    correlations = [table[names].corr("spearman", min_periods=FEWEST) for table, _, names in groups]
    pairs = [pair for table in correlations for pair in _pairs(table)]
    if not pairs:
        return None
    count = len({name for first, second, _ in pairs for name in (first, second)})
    message = (
        f"{counted(count, 'target')} go together with another: "
        + "; ".join(
            f"{first} and {second} with a rank correlation of {value:.3f}" for first, second, value in pairs[:MOST]
        )
        + (f"; and {len(pairs) - MOST} more pairs" if len(pairs) > MOST else "")
        + "."
    )
    counting = f'.corr("spearman", min_periods={FEWEST}).abs().gt({HIGHEST}).sum()'
    counts = (f"{columns_query(table, names, evidence.contract)}{counting}" for _, table, names in groups)
    query = f"pandas.concat([{', '.join(counts)}]).loc[lambda partners: partners > 1]"
    return CheckResult(count, message, query, tuple(f"{first} ~ {second}" for first, second, _ in pairs[:MOST]))


def _pairs(correlation: pd.DataFrame) -> list[tuple[str, str, float]]:
    """The pairs of different targets above the limit, strongest first."""
    values, names = correlation.to_numpy(), [str(name) for name in correlation]
    pairs = ((names[i], names[j], float(values[i, j])) for i, j in combinations(range(len(names)), 2))
    return sorted((pair for pair in pairs if abs(pair[2]) > HIGHEST), key=lambda pair: -abs(pair[2]))
