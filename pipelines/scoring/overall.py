"""The overall score: the weighted mean of a model's scores over the targets, in four variants."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...schema import BUILT_IN, Contract, Target
from ..tables.feature_sets import volume_part
from .interval import linear_interval
from .losses import Key
from .scores import Statistic

COUPLED = frozenset({"capacity_retention", "capacity_fade_rate"})
"""Targets that move with cycle life, from which they are computed too."""
VARIANTS: Mapping[str, tuple[bool, bool]] = {
    "all": (True, True),
    "without-derivable": (False, True),
    "without-coupled": (True, False),
    "without-both": (False, False),
}
"""Whether a variant counts the derivable targets, and the coupled ones."""

Scored = Mapping[tuple[str, Key], tuple[Statistic, int]]
"""Score and degrees of freedom by (target, (model, features))."""


def overall_rows(
    regime: str, metric: str, scored: Scored, contract: Contract = BUILT_IN
) -> Iterator[Mapping[str, Any]]:
    """sum(w s) / sum(w) over the targets that a model and feature set were scored on, on headline scales.

    A volume-only target is taken from the set that stands for ``features`` where there are no
    scalars; a target without a score (it does not vary) is left out. ``n_targets`` says how many there
    were, so that only like is compared with like.
    """
    for model, features in dict.fromkeys(key for _, key in scored):
        for variant in VARIANTS:
            found = [
                (target.weight, *scored[target.name, key])
                for target in contract.weighted
                if counts(target, variant)
                for key in [(model, set_for(target, features))]
                if (target.name, key) in scored and math.isfinite(scored[target.name, key][0].value)
            ]
            if not found:
                continue
            weight = sum(weight for weight, _, _ in found)
            value = sum(weight * score.value for weight, score, _ in found) / weight
            draws = np.sum([weight * score.draws for weight, score, _ in found], axis=0) / weight
            interval = linear_interval(value, draws, min(freedom for _, _, freedom in found))
            yield {
                "model": model,
                "features": features,
                "regime": regime,
                "variant": variant,
                "metric": metric,
                "value": interval.value,
                "lo": interval.lo,
                "hi": interval.hi,
                "n_targets": len(found),
            }


def counts(target: Target, variant: str) -> bool:
    """Whether a variant counts a target."""
    derivable, coupled = VARIANTS[variant]
    return (derivable or target.derivable is None) and (coupled or target.name not in COUPLED)


def set_for(target: Target, features: str) -> str:
    """The set whose score of a target belongs to the overall score of ``features``."""
    return volume_part(features) or "" if target.volume_only else features
