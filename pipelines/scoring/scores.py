"""Scores of every model on one target under one regime, with their intervals."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...array_types import Floats
from ...schema import Scale
from ..tables.arrays import LIFE
from ..training.job import Job
from ..training.predictions import read_predictions
from .bootstrap import Draws
from .concordance import pair_counts
from .interval import Interval, explained_interval, linear_interval, positive_interval
from .losses import Key, LossTable, ScoredRows, Sums, cells_of
from .losses import panel as panel_from

Row = dict[str, Any]
_ON_MEASURED = ("mae", "rmse")
_UNCLIPPED = ("r2", "mae")


@dataclass(frozen=True, eq=False)
class Statistic:
    """A score's value on the rows and in each draw."""

    value: float
    draws: Floats


def r2(panel: LossTable, losses: Sums) -> Statistic:
    """1 - SSE/SST, SST about the mean of the same rows."""
    return _explained(losses, *panel.sst)


def skill(panel: LossTable, losses: Sums) -> Statistic:
    """1 - SSE/SSE of the trivial baseline of the panel; NaN where it has none."""
    if panel.baseline is None:
        return Statistic(np.nan, np.full_like(panel.shared.draws["one"], np.nan))
    return _explained(losses, panel.baseline.point["se"], panel.baseline.draws["se"])


def panel_scores(panel: LossTable, keys: Collection[Key] | None = None) -> Iterator[Row]:
    """Rows of ``schema.SCORES`` for ``keys`` (None: all models) of a panel; concordance apart, which is no sum over rows."""
    freedom = panel.cells.degrees_of_freedom
    for key, sums in panel.models.items():
        if keys is not None and key not in keys:
            continue
        n, n_draws = panel.shared.point["one"], panel.shared.draws["one"]
        point, draws = sums.point, sums.draws
        intervals = {}
        for name, score in (("r2", r2(panel, sums)), ("skill", skill(panel, sums))):
            intervals[name] = explained_interval(1 - score.value, 1 - score.draws, freedom)
        intervals["mae"] = positive_interval(point["ae"] / n, draws["ae"] / n_draws, freedom)
        intervals["rmse"] = positive_interval((point["se"] / n) ** 0.5, (draws["se"] / n_draws) ** 0.5, freedom)
        if "bounded" in point:
            bounded, bounded_draws = point["bounded"], draws["bounded"]
            inside = linear_interval(point["inside"] / bounded, draws["inside"] / bounded_draws, freedom)
            intervals["coverage90"] = Interval(inside.value, max(0.0, inside.lo), min(1.0, inside.hi))
            intervals["width90"] = positive_interval(point["width"] / bounded, draws["width"] / bounded_draws, freedom)
        for metric, interval in intervals.items():
            yield score_row(panel, key, metric, panel.scale, interval)


def measured_scores(
    run_dir: Path, jobs: tuple[Job, ...], truth: ScoredRows, panel: LossTable, draws: Draws
) -> Iterator[Row]:
    """Errors of cycle life on the rows whose life was measured: a score that survival models and naive ones share."""
    if truth.target != LIFE or not (truth.measured & panel.tested).any():
        return
    narrowed = panel_from(run_dir, jobs, truth, panel.scale, draws, only=truth.measured)
    for row in panel_scores(narrowed):
        if row["metric"] in _ON_MEASURED:
            yield {**row, "metric": f"{row['metric']}_measured"}


def unclipped_scores(
    run_dir: Path, jobs: tuple[Job, ...], truth: ScoredRows, panel: LossTable, draws: Draws
) -> Iterator[Row]:
    """R2 and mean absolute error of predictions before they were clipped, on the rows of the panel."""
    if not jobs:
        return
    for row in panel_scores(panel_from(run_dir, jobs, truth, panel.scale, draws, only=panel.tested)):
        if row["metric"] in _UNCLIPPED:
            yield {**row, "metric": f"{row['metric']}_unclipped"}


def concordance_scores(
    run_dir: Path, jobs: tuple[Job, ...], truth: ScoredRows, panel: LossTable, draws: Draws
) -> Iterator[Row]:
    """Concordance of cycle life: mean over repeats, interval by its linear part; none where no life was measured."""
    if truth.target != LIFE or not truth.measured.any():
        return
    time = np.where(truth.measured, truth.y, truth.last_cycle)
    _, cell = cells_of(truth, panel.tested)
    counted: dict[Key, tuple[Floats, Floats]] = {}
    for job in jobs:
        predictions = read_predictions(job.file(run_dir))
        concordant: Floats = np.zeros(len(time))
        comparable: Floats = np.zeros(len(time))
        for repeat in np.unique(predictions["repeat"]):
            one = predictions["repeat"] == repeat
            at = np.searchsorted(truth.row, predictions["row"][one])
            counts = pair_counts(time[at], truth.measured[at], predictions["y_pred"][one].astype(np.float64))
            np.add.at(concordant, at, counts[0])
            np.add.at(comparable, at, counts[1])
        if comparable.sum() > 0:
            counted[job.model, job.features] = concordant, comparable
    if not counted:
        return
    n_cells = len(panel.cells.volume)
    arrays = [np.bincount(cell, part[panel.tested], n_cells) for parts in counted.values() for part in parts]
    sums = draws.sums(panel.cells, np.stack(arrays).astype(np.float64))
    for number, (key, (concordant, comparable)) in enumerate(counted.items()):
        value = concordant.sum() / comparable.sum()
        # Both rows of a pair carry its weight, so a score of pairs moves twice as far as a ratio of row sums.
        moved = value + 2 * (sums[:, 2 * number] / sums[:, 2 * number + 1] - value)
        interval = linear_interval(value, moved, panel.cells.degrees_of_freedom)
        bounded = Interval(value, max(0.0, interval.lo), min(1.0, interval.hi))
        yield score_row(panel, key, "concordance", "raw", bounded)


def score_row(panel: LossTable, key: Key, metric: str, scale: Scale, interval: Interval) -> Row:
    """One row of ``schema.SCORES``."""
    return {
        "target": panel.target,
        "model": key[0],
        "features": key[1],
        "regime": panel.regime,
        "metric": metric,
        "scale": scale,
        "value": interval.value,
        "lo": interval.lo,
        "hi": interval.hi,
        "n_rows": int(panel.tested.sum()),
        "n_volumes": panel.n_volumes,
        "n_designs": panel.n_designs,
    }


def _explained(sums: Sums, total: float, total_draws: Floats) -> Statistic:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 1 - sums.point["se"] / total if total > 0 else np.nan
        return Statistic(value, 1 - sums.draws["se"] / total_draws)
