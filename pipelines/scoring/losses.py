"""Losses of every model on one target under one regime, summed over rows and over bootstrap draws.

All scores, differences and intervals are ratios of these sums, so a table of scores needs each
prediction file once. Losses of a row are means over its repeats; sums over rows then equal those
over all out-of-fold predictions, divided by the number of repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats
from ...errors import RunError
from ...files import prediction_paths
from ...schema import Scale
from ..tables.arrays import Data, Table
from ..tables.target_scale import to_scale, usable
from ..training.job import FOLDERS, Job, Variant
from ..training.predictions import Predictions, read_predictions
from .bootstrap import Cells, Draws

Key = tuple[str, str]
"""(model, features)."""
FoldIds = frozenset[tuple[int, int]]
"""Pairs (repeat, fold)."""

_MOST_FOLDS = 2**31
_SHARED: Key = ("", "")
"""Key of the sums that all models share, in the place of a model."""
_SUMMED_NUMBERS = 20_000_000
"""Losses that wait to be summed together, in numbers."""


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """The n rows that can be scored for a target, ascending by row."""

    target: str
    row: NDArray[np.int32]
    y: Floats
    volume: NDArray[np.int32]
    design: NDArray[np.int32]
    volume_group: NDArray[np.int32]
    design_group: NDArray[np.int32]
    measured: NDArray[np.bool_]
    last_cycle: Floats


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of k named losses: over the rows, and in each draw."""

    point: Mapping[str, float]
    draws: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class LossTable:
    """One target under one regime on one scale.

    ``shared`` sums ``one``, ``y`` and ``yy`` (centred) over the tested rows; ``models`` the losses
    ``se``, ``ae`` and, where a model gives bounds, ``bounded``, ``inside`` and ``width``.
    """

    target: str
    regime: str
    scale: Scale
    tested: NDArray[np.bool_]
    cells: Cells
    n_volumes: int
    n_designs: int
    shared: Sums
    models: Mapping[Key, Sums]

    @property
    def sst(self) -> tuple[float, Floats]:
        """Sum of squares about the mean of the rows, and in each draw about the mean of the draw."""
        point, draws = self.shared.point, self.shared.draws
        return point["yy"] - point["y"] ** 2 / point["one"], draws["yy"] - draws["y"] ** 2 / draws["one"]

    def best_of(self, names: frozenset[str]) -> Key | None:
        """The model among ``names`` with the smallest sum of squared errors."""
        among = [key for key in self.models if key[0] in names]
        return min(among, key=lambda key: self.models[key].point["se"], default=None)


def scored_rows(target: str, data: Data) -> ScoredRows:
    """The rows with a value of the target on its headline scale."""
    table: Table = data.table(target)
    y = table.targets[target]
    kept = np.flatnonzero(usable(y, data.contract.target(target).scale))
    kept = kept[np.argsort(table.row[kept])]
    return ScoredRows(
        target=target,
        row=table.row[kept],
        y=y[kept],
        volume=table.volume[kept],
        design=table.design[kept],
        volume_group=table.volume_group[kept],
        design_group=table.design_group[kept],
        measured=table.life_status[kept] == "measured",
        last_cycle=table.last_cycle[kept],
    )


def prediction_files(run_dir: Path, variant: Variant = "as-is") -> tuple[Job, ...]:
    """The jobs whose prediction files are in a run, ordered by name; stray files do not count."""
    found, _ = prediction_paths(run_dir, FOLDERS[variant])
    return tuple(Job(target, model, features, regime, variant) for target, model, features, regime in found)


def panel(
    run_dir: Path,
    jobs: tuple[Job, ...],
    truth: ScoredRows,
    scale: Scale,
    draws: Draws,
    *,
    only: NDArray[np.bool_] | None = None,
    fold_ids: FoldIds | None = None,
) -> LossTable:
    """The panel of jobs of one target and regime; ``only`` narrows it to some rows of ``truth``, ``fold_ids`` to some folds.

    RunError where two jobs tested different rows, or rows that the target does not have.
    """
    if not jobs:
        raise RunError(f"no predictions of {truth.target} in {run_dir}")
    read = (
        (job.model, job.features, str(job.file(run_dir)), found if fold_ids is None else _narrowed(found, fold_ids))
        for job, found in _read(run_dir, jobs)
    )
    return loss_table(read, truth, jobs[0].regime, scale, draws, only=only)


def loss_table(
    answers: Iterable[tuple[str, str, str, Predictions]],
    truth: ScoredRows,
    regime: str,
    scale: Scale,
    draws: Draws,
    *,
    only: NDArray[np.bool_] | None = None,
) -> LossTable:
    """The panel of predictions given as (model, features, where they come from, predictions), one at least.

    RunError as for ``panel``.
    """
    y = to_scale(truth.y, scale)
    first = ""
    tested: NDArray[np.bool_] | None = None
    gathered: dict[Key, Sums] = {}
    waiting: dict[Key, Mapping[str, Floats]] = {}
    for model, features, where, predictions in answers:
        losses = row_losses(predictions, truth, scale, where=where)
        covered = np.isfinite(losses["se"])
        if only is not None:
            covered &= only
        if tested is None:
            tested, first = covered, where
            cells, cell = cells_of(truth, tested)
            # Rounding must not lend a constant target any variance.
            centred = y[tested] - (y[tested].mean() if np.ptp(y[tested]) else y[tested][0])
            waiting[_SHARED] = {"one": np.ones(len(centred)), "y": centred, "yy": centred**2}
        elif not np.array_equal(tested, covered):
            raise RunError(f"{where}: covers other rows than {first}, which has the same folds")
        waiting[model, features] = {name: loss[tested] for name, loss in losses.items()}
        if sum(map(len, waiting.values())) * len(cell) > _SUMMED_NUMBERS:
            gathered |= _summed(waiting, cell, cells, draws)
            waiting = {}
    if tested is None:
        raise RunError(f"no predictions of {truth.target}")
    gathered |= _summed(waiting, cell, cells, draws)
    shared = gathered.pop(_SHARED)
    return LossTable(
        target=truth.target,
        regime=regime,
        scale=scale,
        tested=tested,
        cells=cells,
        n_volumes=len(np.unique(truth.volume[tested])),
        n_designs=len(np.unique(truth.design[tested & (truth.design >= 0)])),
        shared=shared,
        models=gathered,
    )


def row_losses(predictions: Predictions, truth: ScoredRows, scale: Scale, where: str) -> dict[str, Floats]:
    """float64[n] a loss: means over the repeats of each row of ``truth``, NaN where none tested it."""
    position = np.searchsorted(truth.row, predictions["row"])
    if len(truth.row) == 0 or not np.array_equal(
        truth.row[np.minimum(position, len(truth.row) - 1)], predictions["row"]
    ):
        raise RunError(f"{where}: predicts rows that have no value of {truth.target} in rows.parquet")
    y = to_scale(truth.y, scale)[position]
    error = to_scale(predictions["y_pred"].astype(np.float64), scale) - y
    count = np.bincount(position, minlength=len(truth.row)).astype(np.float64)
    losses = {"se": error**2, "ae": np.abs(error)}
    lo, hi = (to_scale(predictions[name].astype(np.float64), scale) for name in ("y_lo", "y_hi"))
    bounded = np.isfinite(lo) & np.isfinite(hi)
    if bounded.any():
        losses["bounded"] = bounded.astype(np.float64)
        losses["inside"] = (bounded & (lo <= y) & (y <= hi)).astype(np.float64)
        losses["width"] = np.where(bounded, hi - lo, 0.0)
    with np.errstate(invalid="ignore"):
        return {name: np.bincount(position, loss, len(truth.row)) / count for name, loss in losses.items()}


def _read(run_dir: Path, jobs: tuple[Job, ...]) -> Iterator[tuple[Job, Predictions]]:
    for job in jobs:
        yield job, read_predictions(job.file(run_dir))


def fold_ids_in(predictions: Predictions) -> FoldIds:
    """The folds that predictions are of."""
    return frozenset(divmod(code, _MOST_FOLDS) for code in np.unique(_coded(predictions)).tolist())


def _narrowed(predictions: Predictions, fold_ids: FoldIds) -> Predictions:
    """The predictions of some folds."""
    kept = np.isin(_coded(predictions), [repeat * _MOST_FOLDS + fold for repeat, fold in fold_ids])
    return predictions if kept.all() else {name: values[kept] for name, values in predictions.items()}


def _coded(predictions: Predictions) -> NDArray[np.int64]:
    """A number for each pair of repeat and fold."""
    return predictions["repeat"].astype(np.int64) * _MOST_FOLDS + predictions["fold"]


def cells_of(truth: ScoredRows, tested: NDArray[np.bool_]) -> tuple[Cells, NDArray[np.intp]]:
    """The distinct (volume group, design group) pairs of the tested rows, and which of them each row is in."""
    volumes, designs = truth.volume_group[tested].astype(np.int64), truth.design_group[tested].astype(np.int64)
    # The rows of distinct volumes have the design group -1.
    width = designs.max(initial=0) + 2
    codes, cell = np.unique(volumes * width + designs + 1, return_inverse=True)
    return Cells(codes // width, codes % width - 1), cell


def _summed(
    losses: Mapping[Key, Mapping[str, Floats]], cell: NDArray[np.intp], cells: Cells, draws: Draws
) -> dict[Key, Sums]:
    """Losses of several models summed in one go: their rows have the same weights in every draw."""
    names = [(key, name) for key, own in losses.items() for name in own]
    if not names:
        return {}
    arrays = [np.bincount(cell, losses[key][name], len(cells.volume)).astype(np.float64) for key, name in names]
    sums = dict(zip(names, draws.sums(cells, np.stack(arrays)).T, strict=True))
    return {
        key: Sums(
            point={name: float(loss.sum()) for name, loss in own.items()},
            draws={name: np.ascontiguousarray(sums[key, name]) for name in own},
        )
        for key, own in losses.items()
    }
