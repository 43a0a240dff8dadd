"""What the image adds: a model with descriptors against the same model with the scalars alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...schema import FEATURE_SETS
from .bootstrap import Interval
from .contrast import contrast
from .losses import LossTable

WITHOUT = "scalars"
WITH = tuple(item.name for item in FEATURE_SETS if item.scalars and item.tiers)


def image_rows(panel: LossTable, trivial: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """Differences of R2 and of skill, one row a model, richer set and metric.

    verdict: ``adds``, ``harms``, or ``undetermined`` where the interval holds 0.
    """
    totals = {"r2": panel.sst}
    if (best := panel.best_of(trivial)) is not None:
        totals["skill"] = panel.models[best].point["se"], panel.models[best].draws["se"]
    for model, features in panel.models:
        if features not in WITH or (model, WITHOUT) not in panel.models:
            continue
        for metric, total in totals.items():
            sides = panel.models[model, features], panel.models[model, WITHOUT]
            added = contrast(*sides, total, panel.cells.degrees_of_freedom).interval
            yield {
                "target": panel.target,
                "model": model,
                "regime": panel.regime,
                "features_with": features,
                "features_without": WITHOUT,
                "metric": metric,
                "scale": panel.scale,
                "value": added.value,
                "lo": added.lo,
                "hi": added.hi,
                "verdict": _verdict(added),
            }


def _verdict(added: Interval) -> str:
    if added.undetermined:
        return "undetermined"
    return "adds" if added.value > 0 else "harms"
