"""First cycles cut short."""

from __future__ import annotations

from ...targets.fault import Fault
from ..check import CheckResult, check
from ..evidence import Evidence
from ..trends import trends_with


@check(
    code="trend_first_cut",
    severity="warning",
    unit="rows",
    remedy="Leave a cycle out of the trend that was not run to its end, or start to count after it.",
)
def trend_first_cut(evidence: Evidence) -> CheckResult | None:
    """Trends whose first capacity is below 80 % of the median of the next five.

    A first cycle that was cut short makes retention far above 100 % and lives of a wrong limit, so every target of the trend
    is undefined (`first_cycle_cut`); the second cycle is not taken for the first. A warning: fewer rows carry these targets.
    """
    return trends_with(evidence, Fault.FIRST_CUT)
