"""Losses of every model on one target under one regime, summed over rows and over bootstrap draws.

All scores, differences and intervals are ratios of these sums, so a table of scores needs each
prediction file once. The loss of a row is its mean over the deals of the folds (the repeats); sums over rows
then equal those over all out-of-fold predictions, divided by the number of deals. In a draw the sum is
multiplied by what the drawn deals sum to over what all do (``Draws.deals``).
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
from ...schema import REGIME_BY_NAME, Scale
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
    ``se``, ``ae`` and, where a model gives bounds, ``bounded``, ``inside`` and ``width``. ``by_fold`` has each
    model's ``se`` in each of ``folds``, a row's being the mean over its deals, as long as there are several folds.
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
    folds: Folds
    by_fold: Mapping[Key, Floats]
    baseline: Sums | None = None
    """Losses of the trivial baseline, where there is one."""

    @property
    def sst(self) -> tuple[float, Floats]:
        """Sum of squares about the mean of the rows, and in each draw about the mean of the draw."""
        point, draws = self.shared.point, self.shared.draws
        return point["yy"] - point["y"] ** 2 / point["one"], draws["yy"] - draws["y"] ** 2 / draws["one"]


@dataclass(frozen=True, eq=False)
class Folds:
    """The F folds of a panel, and which of them share no group with one another: bool[F, F], within a deal."""

    ids: tuple[tuple[int, int], ...]
    """Repeat and fold of each."""
    apart: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RowLosses:
    """Losses of one model on the n rows of ``ScoredRows``."""

    mean: Mapping[str, Floats]
    """float64[n] a loss: means over the deals of each row, NaN where none tested it."""
    single: Mapping[str, Floats]
    """Losses of single predictions, of those that deals change."""
    at: NDArray[np.intp]
    """Row of each prediction."""
    fold: NDArray[np.int64]
    """Code of the fold of each prediction."""

    def by_deal(self, name: str, tested: NDArray[np.bool_]) -> Floats:
        """float64[R]: the sum over the tested rows in each deal that tested all of them."""
        deals, deal = np.unique(self.fold // _MOST_FOLDS, return_inverse=True)
        counted = tested[self.at]
        whole = np.bincount(deal, counted, len(deals)) == tested.sum()
        sums: Floats = np.bincount(deal, np.where(counted, self.single[name], 0.0), len(deals))[whole]
        return sums

    def by_fold(self, tested: NDArray[np.bool_]) -> Floats:
        """float64[F]: the sum of the mean squared errors of the tested rows of each fold, in the order of the codes."""
        _, fold = np.unique(self.fold, return_inverse=True)
        return np.bincount(fold, np.where(tested, self.mean["se"], 0.0)[self.at]).astype(np.float64)


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
        measured=table.measured[kept],
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
        (job.model, job.features, str(job.file(run_dir)), found if fold_ids is None else of_folds(found, fold_ids))
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
    by_fold: dict[Key, Floats] = {}
    waiting: dict[Key, Mapping[str, Floats]] = {}
    dealt: dict[Key, Mapping[str, Floats]] = {}
    for model, features, where, predictions in answers:
        losses = row_losses(predictions, truth, scale, where=where)
        covered = np.isfinite(losses.mean["se"])
        if only is not None:
            covered &= only
        if tested is None:
            tested, first = covered, where
            cells, cell = cells_of(truth, tested)
            folds = _folds(losses, truth, regime)
            # Rounding must not lend a constant target any variance.
            centred = y[tested] - (y[tested].mean() if np.ptp(y[tested]) else y[tested][0])
            waiting[_SHARED] = {"one": np.ones(len(centred)), "y": centred, "yy": centred**2}
        elif not np.array_equal(tested, covered):
            raise RunError(f"{where}: covers other rows than {first}, which has the same folds")
        by_fold[model, features] = losses.by_fold(tested)
        waiting[model, features] = {name: loss[tested] for name, loss in losses.mean.items()}
        dealt[model, features] = {name: losses.by_deal(name, tested) for name in losses.single}
        if sum(map(len, waiting.values())) * len(cell) > _SUMMED_NUMBERS:
            gathered |= _summed(waiting, dealt, cell, cells, draws)
            waiting = {}
    if tested is None:
        raise RunError(f"no predictions of {truth.target}")
    gathered |= _summed(waiting, dealt, cell, cells, draws)
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
        folds=folds,
        by_fold=by_fold,
    )


def row_losses(predictions: Predictions, truth: ScoredRows, scale: Scale, where: str) -> RowLosses:
    """The losses of predictions; RunError where they are of rows that ``truth`` does not have."""
    position = np.searchsorted(truth.row, predictions["row"])
    if len(truth.row) == 0 or not np.array_equal(
        truth.row[np.minimum(position, len(truth.row) - 1)], predictions["row"]
    ):
        raise RunError(f"{where}: predicts rows that have no value of {truth.target} in rows.parquet")
    y = to_scale(truth.y, scale)[position]
    error = to_scale(predictions["y_pred"].astype(np.float64), scale) - y
    count = np.bincount(position, minlength=len(truth.row)).astype(np.float64)
    single = {"se": error**2, "ae": np.abs(error)}
    losses = dict(single)
    lo, hi = (to_scale(predictions[name].astype(np.float64), scale) for name in ("y_lo", "y_hi"))
    bounded = np.isfinite(lo) & np.isfinite(hi)
    if bounded.any():
        losses["bounded"] = bounded.astype(np.float64)
        losses["inside"] = (bounded & (lo <= y) & (y <= hi)).astype(np.float64)
        losses["width"] = np.where(bounded, hi - lo, 0.0)
    with np.errstate(invalid="ignore"):
        mean = {name: np.bincount(position, loss, len(truth.row)) / count for name, loss in losses.items()}
    return RowLosses(mean, single, position, _coded(predictions))


def _folds(losses: RowLosses, truth: ScoredRows, regime: str) -> Folds:
    """The folds of predictions, and which of them are apart."""
    codes, fold = np.unique(losses.fold, return_inverse=True)
    ids = tuple(divmod(code, _MOST_FOLDS) for code in codes.tolist())
    repeat = codes // _MOST_FOLDS
    apart = (repeat[:, None] == repeat) & ~np.eye(len(codes), dtype=bool)
    groups = {"volume": truth.volume_group[losses.at], "design": truth.design_group[losses.at]}
    for name in REGIME_BY_NAME[regime].held_out:
        if name in groups and np.ptp(groups[name]):
            held, group = np.unique(groups[name], return_inverse=True)
            tests = np.zeros((len(codes), len(held)), np.float32)
            tests[fold, group] = 1
            apart &= tests @ tests.T == 0
    return Folds(ids, apart)


def _read(run_dir: Path, jobs: tuple[Job, ...]) -> Iterator[tuple[Job, Predictions]]:
    for job in jobs:
        yield job, read_predictions(job.file(run_dir))


def fold_ids_in(predictions: Predictions) -> FoldIds:
    """The folds that predictions are of."""
    return frozenset(divmod(code, _MOST_FOLDS) for code in np.unique(_coded(predictions)).tolist())


def of_folds(predictions: Predictions, fold_ids: FoldIds) -> Predictions:
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
    losses: Mapping[Key, Mapping[str, Floats]],
    dealt: Mapping[Key, Mapping[str, Floats]],
    cell: NDArray[np.intp],
    cells: Cells,
    draws: Draws,
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
            draws={
                name: np.ascontiguousarray(sums[key, name]) * _deals(dealt.get(key, {}).get(name), draws)
                for name in own
            },
        )
        for key, own in losses.items()
    }


def _deals(sums: Floats | None, draws: Draws) -> Floats | float:
    """The factor of each draw: the mean of the drawn deals over that of all."""
    if sums is None or len(sums) < 2 or not sums.any():  # noqa: PLR2004  one deal does not vary
        return 1.0
    factor: Floats = draws.deals(len(sums)) @ sums / sums.mean()
    return factor
