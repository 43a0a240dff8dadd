"""Differences of overall scores: every network and every entry against each model that is neither."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ...schema import BUILT_IN, FEATURE_SET_BY_NAME, Contract, Target
from .interval import linear_interval, p_value
from .losses import Key
from .overall import VARIANTS, Scored, counts, set_for
from .scores import Statistic

Shared = Mapping[tuple[str, Key], Scored]
"""For each (target, entry) that has only some of the folds, the scores of all models on those alone."""


def overall_difference_rows(
    regime: str,
    metric: str,
    scored: Scored,
    shared: Shared,
    networks: Collection[str],
    *,
    contract: Contract = BUILT_IN,
) -> Iterator[Mapping[str, Any]]:
    """Rows of ``schema.OVERALL_DIFFERENCES``: sum(w (a - b)) / sum(w) over the targets that both were scored on.

    Draws of all targets carry the same weights of volumes and designs, so differences are paired in each.
    """
    keys = dict.fromkeys(key for _, key in scored)
    challengers = [key for key in keys if key[0] in networks or FEATURE_SET_BY_NAME[key[1]].entered]
    others = [key for key in keys if key not in challengers and not _looks(key[1])]
    for a, b in product(challengers, others):
        pairs = [pair for target in contract.weighted if (pair := _pair(target, a, b, scored, shared)) is not None]
        for variant in VARIANTS:
            counted = [pair for pair in pairs if counts(pair.target, variant)]
            if counted:
                about = {"model_a": a[0], "features_a": a[1], "model_b": b[0], "features_b": b[1]}
                yield {**about, "regime": regime, "variant": variant, "metric": metric, **_difference(counted)}


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two scores of a target on the same rows and folds."""

    target: Target
    a: Statistic
    b: Statistic
    degrees_of_freedom: int


def _pair(target: Target, a: Key, b: Key, scored: Scored, shared: Shared) -> _Pair | None:
    """Both scores of a target; None where one lacks."""
    one, two = ((model, set_for(target, features)) for model, features in (a, b))
    known = shared.get((target.name, one), scored)
    if (target.name, one) not in known or (target.name, two) not in known:
        return None
    (first, freedom), (second, _) = known[target.name, one], known[target.name, two]
    if not (math.isfinite(first.value) and math.isfinite(second.value)):
        return None
    return _Pair(target, first, second, freedom)


def _difference(pairs: Sequence[_Pair]) -> dict[str, float]:
    """Both weighted means and their difference with bounds."""
    weight = np.array([pair.target.weight for pair in pairs])
    weight = weight / weight.sum()
    one = float(weight @ np.array([pair.a.value for pair in pairs]))
    two = float(weight @ np.array([pair.b.value for pair in pairs]))
    draws = np.sum([part * (pair.a.draws - pair.b.draws) for part, pair in zip(weight, pairs, strict=True)], axis=0)
    freedom = min(pair.degrees_of_freedom for pair in pairs)
    found = linear_interval(one - two, draws, freedom)
    return {
        "value_a": one,
        "value_b": two,
        "difference": found.value,
        "lo": found.lo,
        "hi": found.hi,
        "p": p_value(found.value, draws, freedom),
        "n_targets": len(pairs),
    }


def _looks(features: str) -> bool:
    """Whether a set holds voxels or a network's embedding of them."""
    return FEATURE_SET_BY_NAME[features].volumes or FEATURE_SET_BY_NAME[features].embedding
