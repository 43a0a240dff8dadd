"""The trivial baseline that a skill is measured against, fixed by other rows than those it is scored on.

Each fold takes the trivial model that erred least on the folds of its deal that share no group with it. Trivial models
know means alone, so that other folds decide as inner folds would; and predictions made elsewhere have no inner folds.
A regime of one fold leaves nothing to choose by: there it is the one that is best on the very rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from ..training.predictions import Predictions
from .bootstrap import Draws
from .losses import Folds, Key, LossTable, ScoredRows, Sums, loss_table, of_folds

_BASELINE: Key = ("baseline", "")
"""Key of its losses."""


def chosen(panel: LossTable, among: Collection[Key]) -> tuple[Key, ...]:
    """The trivial model that each fold takes, by the other folds; the first of those that err alike."""
    keys = [key for key in panel.by_fold if key in among]
    losses = np.stack([panel.by_fold[key] for key in keys])
    apart = np.where(panel.folds.apart.any(axis=1, keepdims=True), panel.folds.apart, True)
    return tuple(keys[number] for number in (losses @ apart.T.astype(np.float64)).argmin(axis=0))


def baseline(
    panel: LossTable, among: Collection[Key], read: Callable[[Key], Predictions], truth: ScoredRows, draws: Draws
) -> Sums:
    """The losses of the baseline on the rows and folds of a panel; ``read`` gives the predictions of a trivial model."""
    taken = chosen(panel, among)
    if len(set(taken)) == 1:
        return panel.models[taken[0]]
    answer = (*_BASELINE, "the baseline", _predictions(panel.folds, taken, read))
    found = loss_table([answer], truth, panel.regime, panel.scale, draws, only=panel.tested)
    return found.models[_BASELINE]


def _predictions(folds: Folds, taken: tuple[Key, ...], read: Callable[[Key], Predictions]) -> Predictions:
    """The predictions of each fold by the trivial model that it takes."""
    parts = [
        of_folds(read(key), frozenset(one for one, other in zip(folds.ids, taken, strict=True) if other == key))
        for key in dict.fromkeys(taken)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
