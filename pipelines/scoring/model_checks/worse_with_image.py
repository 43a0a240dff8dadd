"""Models that the image makes worse."""

from __future__ import annotations

from ...audit.check import CheckResult
from ...audit.text import counted
from ..model_check import ModelEvidence, model_check


@model_check(
    code="worse_with_image",
    severity="warning",
    remedy="Leave the descriptors out for these targets (--feature-sets scalars), or take a model that needs fewer columns.",
)
def worse_with_image(evidence: ModelEvidence) -> CheckResult | None:
    """Models that predict worse with columns from the image than without, beyond the interval of the difference."""
    adds = evidence.tables["image_adds"]
    worse = adds[(adds["metric"] == "skill") & (adds["hi"] < 0.0)]
    if worse.empty:
        return None
    names = tuple(f"{row.model} with {row.features_with}: {row.target}" for row in worse.itertuples())
    return CheckResult(
        len(worse),
        f"{counted(len(worse), 'comparison')} of {int((adds['metric'] == 'skill').sum())} where the image makes a model worse.",
        "image_adds[(image_adds.metric == 'skill') & (image_adds.hi < 0)]",
        tuple(dict.fromkeys(names)),
        unit="comparisons",
    )
