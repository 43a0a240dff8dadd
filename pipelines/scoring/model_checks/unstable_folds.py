"""Best models whose errors differ much from fold to fold."""

from __future__ import annotations

import numpy as np

from ...audit.check import CheckResult
from ...training.job import Job
from ..model_check import ModelEvidence, model_check

FACTOR = 3.0
"""Largest root mean squared error of a fold over the median of the folds that is not worth a word."""
FEWEST_FOLDS = 3


@model_check(
    code="unstable_folds",
    severity="warning",
    remedy="Look at the worst volumes and designs of these targets: a few of them decide the score.",
)
def unstable_folds(evidence: ModelEvidence) -> CheckResult | None:
    """Targets on which the error of the best model in one fold is more than three times that in the median fold."""
    scores = evidence.candidates("r2").dropna(subset=["value"])
    if scores.empty:
        return None
    best = scores.loc[scores.groupby("target", sort=False)["value"].idxmax()]
    struck = []
    for row in best.itertuples():
        job = Job(str(row.target), str(row.model), str(row.features), str(row.regime))
        errors = evidence.fold_errors(job)
        if len(errors) >= FEWEST_FOLDS and errors.max() > FACTOR * np.median(errors):
            ratio = errors.max() / np.median(errors)
            struck.append(f"{job.target}, {job.model} on {job.features}: {ratio:.1f} times")
    if not struck:
        return None
    return CheckResult(
        len(struck),
        f"The best model of {len(struck)} of {len(best)} targets errs more than {FACTOR:g} times as much in its worst fold "
        "as in the median fold.",
        "",
        tuple(struck),
        unit="targets",
    )
