"""Capacity trends with zeros."""

from __future__ import annotations

from ...targets.fault import Fault
from ..check import CheckResult, check
from ..evidence import Evidence
from ..trends import trends_with


@check(
    code="trend_zero",
    severity="warning",
    unit="rows",
    remedy="Write null for a cycle without a capacity.",
)
def trend_zero(evidence: Evidence) -> CheckResult | None:
    """Trends with a capacity of exactly 0 among or before others, which a cell that goes on cannot have.

    A zero between positive capacities is left out; where the first is zero, nothing is a share of it and every target is
    undefined (`no_first_capacity`). A warning: zeros stand for cycles that were not measured.
    """
    return trends_with(evidence, Fault.ZERO)
