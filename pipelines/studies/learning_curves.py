"""Learning curves: scores of a model with fewer volumes or designs to learn from, on the same test rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import ceil

import numpy as np

from ...array_types import Ints
from ..scoring.interval import explained_interval
from ..scoring.scores import r2, skill
from ..splits.splits import Fold
from ..training.fit import fold_seed
from .jobs import Part, StudyTask
from .refit import StudyContext

FEWEST_GROUPS = 2
POINT = ("point", "")


def learning_point(task: StudyTask) -> Part:
    """One point of a curve: the scores with ``share`` of the training groups ``along`` volumes or designs."""
    context = StudyContext.of(task)
    along, share = task.job["along"], float(task.job["share"])
    groups = context.table.volume_group if along == "volumes" else context.table.design_group
    folds = [subsample_training(fold, groups, share, seed=task.comparison.seed) for fold in context.folds]
    counts = [len(np.unique(groups[fold.train])) for fold in folds]
    if min(counts) < FEWEST_GROUPS:
        return Part({}, note=f"{share:g} of the training {along} are fewer than {FEWEST_GROUPS}")
    if share == 1:
        answer, sizes = context.compared(), known_rows(context, folds)
    else:
        answer, sizes = context.predict(folds, context.rows)
    panel = context.panel({POINT[0]: answer})
    losses = panel.models[POINT]
    scores = {"r2": r2(panel, losses), "skill": skill(panel, losses)}
    rows = []
    for metric, score in scores.items():
        interval = explained_interval(1 - score.value, 1 - score.draws, panel.cells.degrees_of_freedom)
        rows.append(
            {
                "metric": metric,
                "scale": panel.scale,
                "along": along,
                "share": share,
                "value": interval.value,
                "lo": interval.lo,
                "hi": interval.hi,
                "n_groups": round(float(np.mean(counts))),
                "n_rows": round(float(np.mean(sizes))),
            }
        )
    return Part({"learning_curves": rows})


def subsample_training(fold: Fold, groups: Ints, share: float, *, seed: int) -> Fold:
    """The fold with the training rows of ``share`` of its groups: smaller shares are parts of larger ones."""
    names = np.unique(groups[fold.train])
    order = np.random.default_rng([seed, fold.repeat, fold.fold, 0x1EA2]).permutation(names)
    kept = order[: ceil(share * len(names))]
    return replace(fold, train=fold.train[np.isin(groups[fold.train], kept)])


def known_rows(context: StudyContext, folds: Iterable[Fold]) -> list[int]:
    """Training rows that a fit of each fold takes, of those that have a value of the target."""
    mask, seed = context.result().mask, context.task.comparison.seed
    taken = (np.concatenate(context.procedure.split(fold.train, fold_seed(seed, fold))) for fold in folds)
    return [int(mask[rows].sum()) for rows in taken]
