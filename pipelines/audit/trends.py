"""Rows whose capacity trend has one of the faults that reading it can find."""

from __future__ import annotations

from ..targets.fault import Fault
from .check import CheckResult
from .evidence import Evidence
from .text import agree, counted


def trends_with(evidence: Evidence, fault: Fault) -> CheckResult | None:
    """The rows whose trend has this fault, and how many of them lack a retention."""
    odd = evidence.rows_where(f"trend_faults.fillna('').str.contains('{fault.value}')")
    if not odd:
        return None
    undefined = int(evidence.rows.loc[odd.mask, "capacity_retention"].isna().sum())
    message = (
        f"{counted(odd.count, 'capacity trend')} of {len(evidence.rows):,} {agree(odd.count, 'has', 'have')} {fault.meaning}; "
        f"{undefined:,} of them {agree(undefined, 'is', 'are')} left without a retention."
    )
    return CheckResult(odd.count, message, odd.query, odd.examples)
