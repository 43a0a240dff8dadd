"""Choice of one candidate among several, and the loss of the procedure that chooses.

The best of many candidates is flattered where it is chosen on the rows that it is scored on (winner's curse). So
each fold takes the candidate that erred least on the folds of its deal that share no group with it, and what is scored are
the predictions that this procedure makes: choice by cross-validation, itself cross-validated (Stone 1974,
doi:10.1111/j.2517-6161.1974.tb00994.x; Varma & Simon 2006, doi:10.1186/1471-2105-7-91). Predictions made elsewhere
have no inner folds, so the folds of the comparison stand in for these, for all candidates alike.

The estimate is that of choosing on fewer rows than there are (four ninths in ``new-both``), so it is a little low. A regime of one fold
leaves nothing to choose by: there it is the candidate that is best on the very rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from ..training.predictions import Predictions
from .bootstrap import Draws
from .losses import Folds, Key, LossTable, ScoredRows, Sums, loss_table, of_folds

_PROCEDURE: Key = ("choice", "")
"""Key of the losses of the procedure."""


def chosen(panel: LossTable, among: Collection[Key]) -> tuple[Key, ...]:
    """The candidate that each fold takes, by the other folds; the first of those that err alike."""
    keys = [key for key in panel.by_fold if key in among]
    losses = np.stack([panel.by_fold[key] for key in keys])
    apart = np.where(panel.folds.apart.any(axis=1, keepdims=True), panel.folds.apart, True)
    return tuple(keys[number] for number in (losses @ apart.T.astype(np.float64)).argmin(axis=0))


def procedure(
    panel: LossTable, among: Collection[Key], read: Callable[[Key], Predictions], truth: ScoredRows, draws: Draws
) -> Sums:
    """The losses of the procedure on the rows and folds of a panel; ``read`` gives the predictions of a candidate."""
    taken = chosen(panel, among)
    if len(set(taken)) == 1:
        return panel.models[taken[0]]
    answer = (*_PROCEDURE, "the candidates chosen", _predictions(panel.folds, taken, read))
    found = loss_table([answer], truth, panel.regime, panel.scale, draws, only=panel.tested)
    return found.models[_PROCEDURE]


def _predictions(folds: Folds, taken: tuple[Key, ...], read: Callable[[Key], Predictions]) -> Predictions:
    """The predictions of each fold by the candidate that it takes."""
    parts = [
        of_folds(read(key), frozenset(one for one, other in zip(folds.ids, taken, strict=True) if other == key))
        for key in dict.fromkeys(taken)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
