"""Capacity trends out of order."""

from __future__ import annotations

from ...targets.fault import Fault
from ..check import CheckResult, check
from ..evidence import Evidence
from ..trends import trends_with


@check(
    code="trend_unsorted",
    severity="warning",
    unit="rows",
    remedy="Write trends in the order of their cycles; here they are sorted.",
)
def trend_unsorted(evidence: Evidence) -> CheckResult | None:
    """Cycle numbers that are out of order, in reverse or sorted as text.

    The pairs are put into the order of their numbers before anything is computed, so the targets are right. A warning:
    whoever reads the files without doing so takes another cycle for the last.
    """
    return trends_with(evidence, Fault.UNSORTED)
