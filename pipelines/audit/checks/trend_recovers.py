"""Capacity trends that rise again."""

from __future__ import annotations

from ...targets.fault import Fault
from ..check import CheckResult, check
from ..evidence import Evidence
from ..trends import trends_with


@check(
    code="trend_recovers",
    severity="info",
    unit="rows",
    remedy="Read fade rates of such cells as a mean over falls and rises.",
)
def trend_recovers(evidence: Evidence) -> CheckResult | None:
    """Trends whose capacity rises by more than 5 % of the first above an earlier one.

    Rests and check-ups give capacity back, and formation raises it. Targets are computed as they stand; only a life whose
    limit was reached before the recovery is undefined (`capacity_recovers`). An info: cells do so.
    """
    return trends_with(evidence, Fault.RECOVERS)
