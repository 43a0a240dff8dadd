"""Decisions of screening: which candidates are beyond noise behind the best, and which stay whatever thin rows say.

Arrays and numbers in, names out; no fits, no files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...array_types import Floats, Ints
from ...schema import richest_with_image, without_image

Key = tuple[str, str]
"""(model, features)."""
NOISE = 2.0
"""A candidate is behind where the logarithm of its mean loss exceeds that of the best by more than so many standard errors."""
FEWEST_GROUPS = 5
"""With fewer groups in a dimension nothing is said of noise, so nothing is dropped."""


@dataclass(frozen=True)
class Outcome:
    """One candidate in one fold: its mean squared error on ``n_held`` rows, and whether it is beyond noise behind the best."""

    target: str
    regime: str
    fold: int
    model: str
    features: str
    error: float
    variance: float
    """Variance of the target over the same rows."""
    ratio: float
    """Its error over that of the best."""
    n_fit: int
    n_held: int
    dropped: bool

    @property
    def key(self) -> Key:
        """Model and feature set."""
        return self.model, self.features


def dropped(losses: Mapping[Key, Floats], volume: Ints, design: Ints) -> Mapping[Key, bool]:
    """Whether each candidate is beyond noise behind the one that errs least, on the logarithm of the ratio of their mean losses.

    losses: float64[n] squared errors on the same rows, at least one candidate; volume, design: int[n], their groups.
    A row adds to the logarithm what it adds to one mean loss in parts of it, less the same of the other, so rows that are hard for both
    are no noise.
    """
    best = losses[min(losses, key=lambda key: float(losses[key].mean()))]
    least = float(best.mean())
    if least <= 0:
        return dict.fromkeys(losses, False)
    found = {}
    for key, loss in losses.items():
        mean = float(loss.mean())
        error = standard_error(loss / mean - best / least, volume, design)
        found[key] = float(np.log(mean / least)) > NOISE * error
    return found


def standard_error(values: Floats, volume: Ints, design: Ints) -> float:
    """Standard error of a mean over rows that share volumes and designs; infinite where either are too few to tell.

    The variances of both ways to cluster are added, without taking off that of the single rows: mildly conservative
    (Cameron, Gelbach & Miller 2011, doi:10.1198/jbes.2010.07136).
    """
    centred, total = values - values.mean(), 0.0
    for groups in (volume, design):
        _, position = np.unique(groups, return_inverse=True)
        sums = np.bincount(position, centred)
        if len(sums) < FEWEST_GROUPS:
            return float("inf")
        total += float((sums**2).sum()) * len(sums) / (len(sums) - 1)
    return float(np.sqrt(total)) / len(values)


def ratios(outcomes: Sequence[Outcome]) -> Mapping[Key, float]:
    """Error over that of the best of the same fold, the mean over the folds of each candidate."""
    found: dict[Key, list[float]] = {}
    for item in outcomes:
        found.setdefault(item.key, []).append(item.ratio)
    return {key: float(np.mean(values)) for key, values in found.items()}


def protected(thin: Mapping[Key, float], kept: Collection[Key], boosters: frozenset[str]) -> Mapping[Key, str]:
    """Candidates of one target and regime that stay although thin rows drop them, with the reason: what a verdict rests on.

    ``thin``: error over that of the best, of all candidates; ``kept``: those that are within noise; ``boosters``: names of the models
    that learn most from more rows.
    """
    found: dict[Key, str] = {}
    if own := [key for key in thin if key[0] in boosters]:
        found[_best(thin, own)] = "best booster: more rows help it more than others"
    for rich, control in _richest(thin):
        for side, other in ((rich, control), (control, rich)):
            best = _best(thin, [key for key in thin if key[1] == side])
            found.setdefault(best, f"best on {side}: it tells what the image adds")
            found.setdefault((best[0], other), f"counterpart of {best[0]} on {side}: it tells what the image adds")
    for features in dict.fromkeys(features for _, features in kept):
        if (other_side := without_image(features)) is not None:
            model, _ = _best(thin, [key for key in kept if key[1] == features])
            found.setdefault((model, other_side), f"counterpart of {model} on {features}: it tells what the image adds")
    return {key: reason for key, reason in found.items() if key in thin and key not in kept}


def best_overall(thin: Mapping[str, Mapping[Key, float]], weights: Mapping[str, float]) -> Key | None:
    """The candidate with the least weighted mean ratio over all targets, among those that have all; None where none has."""
    counted = {target: own for target, own in thin.items() if weights.get(target, 0.0) > 0}
    if not counted:
        return None
    shared = set.intersection(*(set(own) for own in counted.values()))
    if not shared:
        return None
    return min(sorted(shared), key=lambda key: sum(weights[target] * own[key] for target, own in counted.items()))


def _richest(thin: Mapping[Key, float]) -> list[tuple[str, str]]:
    """The richest set with the image and its counterpart without, where candidates have both."""
    present = {features for _, features in thin}
    rich = richest_with_image(name for name in present if without_image(name) in present)
    return [] if rich is None else [(rich, str(without_image(rich)))]


def _best(thin: Mapping[Key, float], keys: Collection[Key]) -> Key:
    return min(keys, key=thin.__getitem__)
