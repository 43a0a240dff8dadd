"""Score of the best candidate, corrected for its choice: rows of the table ``choices``.

The best of many candidates is flattered where it is chosen on the rows that it is scored on (winner's curse). How much is
seen by choosing again in each draw of the bootstrap, where the errors of the candidates are known: the mean error of
what is best there is taken off (Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 10; for the choice of
a model Tsamardinos, Greasidou & Borboudakis 2018, doi:10.1007/s10994-018-5714-4). Draws are widened by the factor W of all
intervals, without which half of the curse would stay. Choice by other folds was tried and leaves more of it: a
model that errs less on them was trained on the rows that it is then scored on (``tests/verdict/choice.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...array_types import Floats
from .interval import Interval, explained_interval, widening
from .losses import Key, LossTable


@dataclass(frozen=True)
class Choice:
    """The best candidate, and 1 - SSE / total of choosing it; ``share`` of the draws choose it too."""

    best: Key
    interval: Interval
    share: float


def choose(panel: LossTable, candidates: Sequence[Key], total: tuple[float, Floats]) -> Choice:
    """The candidate with the least SSE and what its score is worth, on logarithms of the ratios to ``total``."""
    freedom = panel.cells.degrees_of_freedom
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.array([panel.models[key].point["se"] for key in candidates]) / total[0]
        drawn = np.stack([panel.models[key].draws["se"] / total[1] for key in candidates])
        value, draws = np.log(ratio), np.log(drawn)
        best = int(value.argmin())
        if not (np.isfinite(value).all() and np.isfinite(draws).all() and freedom >= 1):
            return Choice(candidates[best], explained_interval(ratio[best], drawn[best], freedom), float("nan"))
    errors = widening(freedom) * (draws - draws.mean(axis=1, keepdims=True))
    taken = (value[:, None] + errors).argmin(axis=0)
    flattery = errors[taken, np.arange(errors.shape[1])].mean()
    interval = explained_interval(float(np.exp(value[best] - flattery)), drawn[best], freedom)
    return Choice(candidates[best], interval, float(np.mean(taken == best)))


def choice_rows(panel: LossTable, trivial: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """R2 and skill of choosing among the candidates of a panel, trivial baselines apart."""
    candidates = [key for key in panel.models if key[0] not in trivial]
    if not candidates:
        return
    totals = {"r2": panel.sst}
    if panel.baseline is not None:
        totals["skill"] = panel.baseline.point["se"], panel.baseline.draws["se"]
    for metric, total in totals.items():
        found = choose(panel, candidates, total)
        own = 1 - panel.models[found.best].point["se"] / total[0] if total[0] > 0 else np.nan
        yield {
            "target": panel.target,
            "model": found.best[0],
            "features": found.best[1],
            "regime": panel.regime,
            "metric": metric,
            "scale": panel.scale,
            "value": found.interval.value,
            "lo": found.interval.lo,
            "hi": found.interval.hi,
            "value_chosen": own,
            "share": found.share,
            "n_candidates": len(candidates),
        }
