"""Capacity trends below zero."""

from __future__ import annotations

from ...targets.fault import Fault
from ..check import CheckResult, check
from ..evidence import Evidence
from ..trends import trends_with


@check(
    code="trend_negative",
    severity="warning",
    unit="rows",
    remedy="Store capacities as positive numbers, and null where there is none.",
)
def trend_negative(evidence: Evidence) -> CheckResult | None:
    """Trends that hold a negative capacity.

    Some cyclers give the charge of a discharge the sign of its current, others an error value; nothing in the trend tells
    which, so every target of it is undefined (`negative_capacity`). A warning: fewer rows carry these targets.
    """
    return trends_with(evidence, Fault.NEGATIVE)
