"""Targets that a descriptor computes outright."""

from __future__ import annotations

from ...audit.check import CheckResult
from ..model_check import ModelEvidence, model_check

NEARLY_ALL = 0.99
"""R2 from which a descriptor computes a target."""
COMPUTED = "computed"


@model_check(
    code="computed_target",
    severity="info",
    remedy="Compute these targets (poregrove extract) instead of predicting them; judge networks on the others.",
)
def computed_target(evidence: ModelEvidence) -> CheckResult | None:
    """Targets that a descriptor gives with R2 of .99 or more: no model of them shows what a network learns."""
    scores = evidence.headline("r2")
    found = scores[(scores["model"] == COMPUTED) & (scores["value"] >= NEARLY_ALL)]
    names = {row.target: f"{row.target}: R2 {row.value:.3f}" for row in found.itertuples()}
    if not names:
        return None
    return CheckResult(
        len(names),
        f"A descriptor computes {', '.join(map(str, names))}: a volume's own number, no prediction.",
        f"scores[(scores.model == {COMPUTED!r}) & (scores.metric == 'r2')]",
        tuple(names.values()),
        unit="targets",
    )
