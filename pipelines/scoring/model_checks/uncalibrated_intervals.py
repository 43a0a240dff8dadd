"""Prediction intervals that hold too few or too many values."""

from __future__ import annotations

from ...audit.check import CheckResult
from ...audit.text import counted
from ..model_check import ModelEvidence, model_check

TOLERANCE = 0.05
"""Distance of the coverage from its level that is not worth a word."""


@model_check(
    code="uncalibrated_intervals",
    severity="warning",
    remedy="Read these intervals as too narrow (or too wide) by what the calibration section says.",
)
def uncalibrated_intervals(evidence: ModelEvidence) -> CheckResult | None:
    """Prediction intervals whose share of values inside is more than 5 points from what they promise."""
    intervals = evidence.tables["intervals"]
    known = intervals[intervals["coverage"].notna()]
    off = known[(known["coverage"] - known["level"]).abs() > TOLERANCE]
    if off.empty:
        return None
    low = off[off["coverage"] < off["level"]]
    order = (off["coverage"] - off["level"]).abs().sort_values(ascending=False).index
    names = tuple(
        f"{row.model} on {row.features}, {row.target} under {row.regime}: {row.coverage:.2f} instead of {row.level:.2f}"
        for row in off.loc[order].itertuples()
    )
    return CheckResult(
        len(off),
        f"{counted(len(off), 'set')} of intervals of {len(known)} hold a share of values that is more than "
        f"{TOLERANCE:.2f} off, {len(low)} of them too small a share.",
        f"intervals[(intervals.coverage - intervals.level).abs() > {TOLERANCE}]",
        names,
        unit="intervals",
    )
