"""Scalars below zero."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..tables import columns_query, scalars_of
from ..text import agree, counted


@check(
    code="negative_scalar",
    severity="error",
    unit="columns",
    remedy="Mend the values: these are rates, lengths, shares and concentrations, and where one does not act it is 0.",
)
def negative_scalar(evidence: Evidence) -> CheckResult | None:
    """Design scalars with negative values, though every one of them can only be positive or 0.

    An error: the cell was simulated with something else, or not at all as the row says.
    """
    scalars = scalars_of(evidence.contract)
    below = (evidence.rows[scalars] < 0.0).sum()
    negative = below[below > 0]
    if negative.empty:
        return None
    count = len(negative)
    message = f"{counted(count, 'scalar')} {agree(count, 'has', 'have')} negative values."
    examples = tuple(f"{name} in {counted(int(number), 'row')}" for name, number in negative.items())
    query = f"({columns_query('rows', scalars, evidence.contract)} < 0).sum().loc[lambda rows: rows > 0]"
    return CheckResult(count, message, query, examples)
