"""Gain from the image: a model with descriptors against the same model with the scalars alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...schema import FEATURE_SETS, OWN, OWN_WITHOUT_IMAGE
from .bootstrap import Interval
from .contrast import contrast
from .losses import Key, LossTable

WITHOUT = "scalars"
WITH = tuple(item.name for item in FEATURE_SETS if item.scalars and item.tiers)


def image_rows(panel: LossTable, trivial: frozenset[str], keys: Collection[Key]) -> Iterator[Mapping[str, Any]]:
    """Differences of R2 and of skill, one row a model, richer set (those of ``keys`` alone) and metric.

    verdict: ``adds``, ``harms``, or ``undetermined`` where the interval holds 0.
    """
    totals = {"r2": panel.sst}
    if (best := panel.best_of(trivial)) is not None:
        totals["skill"] = panel.models[best].point["se"], panel.models[best].draws["se"]
    for model, features in panel.models:
        without = _without(features)
        if without is None or (model, features) not in keys or (model, without) not in panel.models:
            continue
        for metric, total in totals.items():
            sides = panel.models[model, features], panel.models[model, without]
            added = contrast(*sides, total, panel.cells.degrees_of_freedom).interval
            yield {
                "target": panel.target,
                "model": model,
                "regime": panel.regime,
                "features_with": features,
                "features_without": without,
                "metric": metric,
                "scale": panel.scale,
                "value": added.value,
                "lo": added.lo,
                "hi": added.hi,
                "verdict": _verdict(added),
            }


def _without(features: str) -> str | None:
    """The set that is the same but for the image; None where there is none."""
    if features == OWN:
        return OWN_WITHOUT_IMAGE
    return WITHOUT if features in WITH else None


def _verdict(added: Interval) -> str:
    if added.undetermined:
        return "undetermined"
    return "adds" if added.value > 0 else "harms"
