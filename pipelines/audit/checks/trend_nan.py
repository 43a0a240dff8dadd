"""Capacity trends with gaps."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted


@check(
    code="trend_nan",
    severity="warning",
    unit="rows",
    remedy="See why those cycles gave no capacity; without the pairs the rest of the trend serves all targets.",
)
def trend_nan(evidence: Evidence) -> CheckResult | None:
    """Capacity trends that hold a NaN or an infinity.

    Pairs (cycle, capacity) with a member that is not finite are dropped before anything is
    computed. Counted are the rows that lost at least one. A warning: fewer points stand behind
    the slope, and where the first is lost the first capacity is that of a later cycle.
    """
    holed = evidence.rows_where("trend_dropped > 0")
    if not holed:
        return None
    rows = evidence.rows[["trend_dropped", "trend_points"]][holed.mask]
    dropped = int(rows["trend_dropped"].sum())
    message = (
        f"{counted(holed.count, 'capacity trend')} {agree(holed.count, 'holds', 'hold')} values that are not finite: {counted(dropped, 'pair')} "
        f"{agree(dropped, 'was', 'were')} dropped, at most {int(rows['trend_dropped'].max()):,} of one trend, and {int(rows['trend_points'].min()):,} "
        f"or more are left in each."
    )
    return CheckResult(holed.count, message, holed.query, holed.examples)
