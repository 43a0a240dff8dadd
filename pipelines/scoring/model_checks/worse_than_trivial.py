"""Models that predict worse than a mean does."""

from __future__ import annotations

from ...audit.check import CheckResult
from ...audit.text import counted
from ..model_check import ModelEvidence, entry_name, model_check


@model_check(
    code="worse_than_trivial",
    severity="warning",
    remedy="Don't use these models for these targets; more volumes or designs may help (see the learning curves).",
)
def worse_than_trivial(evidence: ModelEvidence) -> CheckResult | None:
    """Models whose skill under the strictest regime is below 0: the best trivial baseline predicts better.

    An error where no model of a target has a skill above 0: then the comparison of models says nothing about it.
    """
    skill = evidence.candidates("skill")
    worse = skill[skill["value"] < 0.0]
    if worse.empty:
        return None
    best = skill.groupby("target", sort=False)["value"].max()
    hopeless = list(best[best <= 0.0].index)
    message = f"{counted(len(worse), 'score')} of {len(skill)} below the best trivial baseline of the strictest regime."
    if hopeless:
        message += f" No model beats it for {', '.join(hopeless)}."
    return CheckResult(
        len(worse),
        message,
        "scores[(scores.metric == 'skill') & (scores.value < 0)]",
        tuple(entry_name(row) for _, row in worse.sort_values("value").iterrows()),
        severity="error" if hopeless else None,
    )
