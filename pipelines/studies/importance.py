"""Importance of columns from one set of fits: TreeSHAP where a model has it, and permutation of correlated groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats, Ints
from ...errors import ModelError
from ...models.base import Rows
from ...models.shared.contributions import Explained
from .correlated import Group
from .families import family_of_each
from .jobs import Part, Row, StudyTask
from .permutation import MOST_ROWS, groups_of, permuted
from .refit import FoldFit, StudyContext
from .shap import Explanation, explained_rows, shap_points
from .stability import ranks, stable

_SAMPLE, _TEST, _SHUFFLE = 0x5A3, 0x7E57, 0x5FFE


def explain(task: StudyTask) -> Part:
    """Importance of columns, families and groups over all folds; a note where a model has no contributions.

    ModelError where the target does not vary over the tested rows.
    """
    context = StudyContext.of(task)
    result = context.result()
    tested = np.unique(np.concatenate([fold.test[result.mask[fold.test]] for fold in context.folds]))
    variance = float(np.var(result.y[tested]))
    if not variance > 0:
        raise ModelError("the target does not vary")
    sampled = _sampled(context, tested)
    groups = groups_of(context.rows, task.settings.correlation)
    explanations: list[Explanation] = []
    lost: list[Floats] = []
    sizes: list[int] = []
    for fold in context.folds:
        done = context.fit(fold, context.rows, result)
        if not len(done.test):
            continue
        own = done.test[sampled[done.test]]
        if isinstance(done.fitted, Explained) and len(own):
            explanations.append(Explanation.of(done.fitted, context.rows.take(own), context.table.row[own]))
        lost.append(_rises(context, done, groups, result.y) / variance)
        sizes.append(len(done.test))
    families = family_of_each(context.rows.columns, task.families)
    by_name = dict(zip(context.rows.columns.names, families, strict=True))
    rows = [*permutation_rows(np.array(lost), np.array(sizes), groups, by_name)]
    if not explanations:
        note = f"{context.model.info.label} has no exact contributions: permutation only"
        return Part({"importance": rows}, note=note)
    rows += explained_rows(explanations, families)
    return Part({"importance": rows, "shap_points": [*shap_points(explanations)]})


def permutation_rows(lost: Floats, sizes: Ints, groups: Sequence[Group], families: Mapping[str, str]) -> Iterator[Row]:
    """Rows of kind ``permutation`` from float64[F, K], the loss of R2 of each fold on its own ``sizes`` rows.

    NaN where a fold tests a single volume or design, which cannot be permuted; a group that no fold could
    permute is left out.
    """
    able = np.flatnonzero(np.isfinite(lost).any(axis=0))
    lost, weights = lost[:, able], np.where(np.isfinite(lost[:, able]), sizes[:, None], 0.0)
    value = (np.nan_to_num(lost) * weights).sum(axis=0) / weights.sum(axis=0)
    filled = np.where(np.isfinite(lost), lost, value)
    place, holds = ranks(value), stable(filled, lost)
    for number, group in enumerate([groups[int(position)] for position in able]):
        yield {
            "kind": "permutation",
            "level": "group",
            "name": group.name,
            "family": Counter(families[name] for name in group.members).most_common(1)[0][0],
            "members": ",".join(group.members),
            "value": float(value[number]),
            "lo": float(filled[:, number].min()),
            "hi": float(filled[:, number].max()),
            "direction": float("nan"),
            "rank": int(place[number]),
            "n_folds": int(np.isfinite(lost[:, number]).sum()),
            "stable": bool(holds[number]),
        }


def _rises(context: StudyContext, done: FoldFit, groups: Sequence[Group], y: Floats) -> Floats:
    """float64[K]: by how much the mean squared error of a fold rises where a group is permuted."""
    settings, seed = context.task.settings, (context.task.comparison.seed, done.fold.fold)
    test = done.test
    if len(test) > MOST_ROWS:
        test = np.sort(np.random.default_rng([*seed, _TEST]).choice(test, MOST_ROWS, replace=False))
    rows = context.rows.take(test)
    usual = _error(done, rows, y[test])
    rises = np.full(len(groups), np.nan)
    rng = np.random.default_rng([*seed, _SHUFFLE])
    for number, group in enumerate(groups):
        moved = [permuted(rows, group, rng) for _ in range(settings.shuffles)]
        errors = [_error(done, item, y[test]) for item in moved if item is not None]
        if errors:
            rises[number] = np.mean(errors) - usual
    return rises


def _error(done: FoldFit, rows: Rows, y: Floats) -> float:
    return float(np.mean((done.fitted.predict(rows).y - y) ** 2))


def _sampled(context: StudyContext, tested: Ints) -> NDArray[np.bool_]:
    """bool[n]: the tested rows whose predictions are taken apart, drawn without replacement from all folds."""
    count = min(context.task.settings.explained_rows, len(tested))
    chosen = np.random.default_rng([context.task.comparison.seed, _SAMPLE]).choice(tested, count, replace=False)
    marked = np.zeros(len(context.table), np.bool_)
    marked[chosen] = True
    return marked
