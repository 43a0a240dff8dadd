"""Last cycles cut short."""

from __future__ import annotations

from ...targets.fault import Fault
from ..check import CheckResult, check
from ..evidence import Evidence
from ..trends import trends_with


@check(
    code="trend_last_cut",
    severity="warning",
    unit="rows",
    remedy="Leave a last cycle out of the trend that was not run to its end.",
)
def trend_last_cut(evidence: Evidence) -> CheckResult | None:
    """Trends whose last capacity is below half of the one before.

    A cycle that was interrupted looks like a sudden death, so life, fade and retention are undefined (`last_cycle_cut`).
    A warning: fewer rows carry these targets.
    """
    return trends_with(evidence, Fault.LAST_CUT)
