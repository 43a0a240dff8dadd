"""Targets whose best model cannot be told from others."""

from __future__ import annotations

from ...audit.check import CheckResult
from ..model_check import ModelEvidence, model_check


@model_check(
    code="undecided_winner",
    severity="info",
    remedy="Take the simplest or cheapest of them; only more volumes or designs can tell them apart.",
)
def undecided_winner(evidence: ModelEvidence) -> CheckResult | None:
    """Targets whose best model is not distinguishable from another one after Holm's correction (strictest regime)."""
    scores, letters = evidence.headline("r2"), evidence.tables["letters"]
    tied: list[str] = []
    for target, part in scores.groupby("target", sort=False):
        own = letters[(letters["target"] == target) & (letters["regime"] == part["regime"].iloc[0])]
        own = own[own["letters"].notna()]
        if len(own) < 2:  # noqa: PLR2004  one model is no choice
            continue
        best = own.loc[own["value"].idxmax()] if own["value"].notna().any() else None
        if best is None:
            continue
        like = own[own["letters"].map(lambda text, of=set(best["letters"]): bool(of & set(text)))]
        if len(like) > 1:
            tied.append(f"{target}: {len(like) - 1} like {best['model']} on {best['features']}")
    if not tied:
        return None
    return CheckResult(
        len(tied),
        f"The best model is not distinguishable from another one for {len(tied)} of {scores['target'].nunique()} targets.",
        "letters.sort_values('value')",
        tuple(tied),
        unit="targets",
    )
