"""Capacity trends with a cycle number twice."""

from __future__ import annotations

from ...targets.fault import Fault
from ..check import CheckResult, check
from ..evidence import Evidence
from ..trends import trends_with


@check(
    code="trend_repeated",
    severity="warning",
    unit="rows",
    remedy="Number the cycles of a cell once, through restarts of the program that counts them.",
)
def trend_repeated(evidence: Evidence) -> CheckResult | None:
    """Cycle numbers that occur more than once in a trend, as where a count restarts.

    Pairs that are there twice count once. Where one number has two capacities no order of the cycles is known, and every
    target of the trend is undefined (`repeated_cycle`). A warning: fewer rows carry these targets.
    """
    return trends_with(evidence, Fault.REPEATED)
