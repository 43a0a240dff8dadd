"""Retentions after different numbers of cycles."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted


@check(
    code="unequal_horizon",
    severity="warning",
    unit="rows",
    remedy="Do not read retention across horizons as health: compare rows of one last cycle, or life and fade instead.",
)
def unequal_horizon(evidence: Evidence) -> CheckResult | None:
    """Retentions that were measured after another number of cycles than most.

    Retention is last capacity over first capacity, whatever the last cycle is. Counted are rows
    with a retention whose last cycle is not the most common one. A warning: simulations that stop
    at the end of life give every dead cell the same retention, after 20 cycles or after 2,000.
    """
    last = evidence.rows.loc[evidence.rows["capacity_retention"].notna(), "last_cycle"]
    horizons = last.value_counts()
    if len(horizons) <= 1:
        return None
    usual = float(horizons.index[0])
    other = evidence.rows_where(f"capacity_retention.notna() and last_cycle != {usual!r}")
    message = (
        f"Retention is measured after {last.min():g} to {last.max():g} cycles: {counted(int(horizons.iloc[0]), 'row')} "
        f"after {usual:g}, {other.count:,} after another number."
    )
    return CheckResult(other.count, message, other.query, other.examples)
