"""Fits that their time limit ended."""

from __future__ import annotations

from ....schema import TIME_BOUNDED
from ...audit.check import CheckResult
from ...audit.text import counted
from ..model_check import ModelEvidence, model_check


@model_check(
    code="time_bounded_fits",
    severity="warning",
    remedy="Give these models more time (as in --set model.cnn.seconds=600) before calling them worse than others.",
)
def time_bounded_fits(evidence: ModelEvidence) -> CheckResult | None:
    """Jobs of which a time limit ended at least one fit before the model stopped by itself."""
    struck = [record for record in evidence.jobs if TIME_BOUNDED in (record.note or "")]
    if not struck:
        return None
    models = list(dict.fromkeys(record.job.model for record in struck))
    names = tuple(f"{item.job.model} on {item.job.features}, {item.job.target}: {item.note}" for item in struck)
    return CheckResult(
        len(struck),
        f"{counted(len(struck), 'job')} of {', '.join(models)} ended by the clock: what they would reach is not known.",
        "",
        names,
        unit="jobs",
    )
