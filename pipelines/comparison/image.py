"""What the image adds: a model with descriptors against the same model with the scalars alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...schema import FEATURE_SETS
from .bootstrap import linear_interval
from .panels import Panel
from .scores import r2, skill

WITHOUT = "scalars"
WITH = tuple(item.name for item in FEATURE_SETS if item.scalars and item.tiers)


def image_rows(panel: Panel, trivial: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """Differences of R2 and of skill, one row a model, richer set and metric.

    verdict: ``adds``, ``harms``, or ``undetermined`` where the interval holds 0.
    """
    for model, features in panel.models:
        if features not in WITH or (model, WITHOUT) not in panel.models:
            continue
        for metric in ("r2", "skill"):
            scores = [
                r2(panel, (model, name)) if metric == "r2" else skill(panel, (model, name), trivial)
                for name in (features, WITHOUT)
            ]
            added = linear_interval(
                scores[0].value - scores[1].value, scores[0].draws - scores[1].draws, panel.cells.degrees_of_freedom
            )
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
                "verdict": "undetermined" if added.undetermined else "adds" if added.value > 0 else "harms",
            }
