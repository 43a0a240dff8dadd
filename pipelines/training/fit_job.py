"""Running jobs: fit on the training part of each fold, predict the rest, write one file a job."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import MissingExtraError, ModelError, PoregroveError, RunError, SettingsError
from ...models.base import (
    Bounded,
    Device,
    Fitted,
    Model,
    ModelInfo,
    MultiModel,
    Prediction,
    Revealing,
    Rows,
    Volumes,
    device_of,
)
from ...schema import REGIME_BY_NAME, TARGET_BY_NAME
from ..runs.checkpoints import FolderCheckpoints
from ..runs.folder import RunFolder
from ..runs.machine import own_peak_memory_bytes
from ..settings import ComparisonSettings
from ..splits.nested import cuts_for, validation_split
from ..splits.splits import Fold, Ints
from ..tables.arrays import Data, Table, data_of, read_rows
from ..tables.feature_sets import Sources, feature_rows
from ..tables.groups import Groups
from .censoring import labels
from .conformal import Floats
from .conformal_fits import Calibrator
from .job import Catalog, Job, JobRecord, spreads
from .job_folds import fold_regime, job_folds
from .predictions import read_record, write_predictions
from .target_results import Result, timed

log = logging.getLogger(__name__)
TABLES = ("rows", "features", "groups")
"""Run tables that the jobs read, so that no process need be sent them."""
ROWS_A_THREAD = 5_000


@dataclass(frozen=True)
class Task:
    """Jobs that differ by target alone (and by regimes of the same folds), so that they share rows and fits."""

    run_dir: Path
    jobs: tuple[Job, ...]
    settings: ComparisonSettings
    made_from: Sources
    catalog: Catalog
    device: Device = "cpu"
    threads: int = 1
    volumes: Volumes | None = None
    targets: tuple[str, ...] = ()
    """All targets that were planned together, those of finished jobs among them: what a model that
    learns targets at once is fitted on, so that a fit does not depend on what was finished before."""
    intervals: bool = False
    """Whether the predictions get conformal intervals."""

    @property
    def spreads(self) -> bool:
        """Whether it is to run where it is asked for, over all workers at once."""
        return spreads(self.catalog, self.jobs[0].model)


def run_task(task: Task) -> tuple[JobRecord, ...]:
    """Run the jobs of a task and write their files; jobs that do not apply or fail say why instead.

    Jobs that are finished by now are not run again: a task may be started anew where its worker died.
    """
    finished = {job: record for job in task.jobs if (record := recorded(job, task.run_dir)) is not None}
    left = tuple(job for job in task.jobs if job not in finished)
    if left:
        finished |= {record.job: record for record in _run_jobs(replace(task, jobs=left))}
    return tuple(finished[job] for job in task.jobs)


def recorded(job: Job, run_dir: Path) -> JobRecord | None:
    """The record that a finished job left in its file; None for one that is not finished, or whose file is damaged."""
    path = job.file(run_dir)
    if not path.exists():
        return None
    try:
        record = read_record(path)
    except RunError as error:
        log.warning("%s; the job is run again", error)
        return None
    own = {item.name for item in fields(JobRecord)} - {"job"}
    return JobRecord(job, **{name: value for name, value in record.items() if name in own})


def _run_jobs(task: Task) -> tuple[JobRecord, ...]:
    first = task.jobs[0]
    data = load_data(task.run_dir)
    table = data.table(first.target)
    try:
        model = task.catalog.create(first.model)
    except (MissingExtraError, SettingsError) as error:
        return _all(task, "not applicable", str(error))
    folds, reason = job_folds(first, data, task.settings)
    reason = reason or _unseen_by_rule(model.info, first)
    if reason is not None:
        return _all(task, "not applicable", reason)
    rows = feature_rows(first.features, table, data, task.made_from, task.volumes)
    if (reason := _beyond(model.info, rows)) is not None:
        return _all(task, "not applicable", reason)
    wanted = task.targets if model.info.multi else ()
    results = {name: Result(name, table) for name in dict.fromkeys((*wanted, *(job.target for job in task.jobs)))}
    checkpoints = FolderCheckpoints(RunFolder(task.run_dir).checkpoints)
    run = _Run(task, model, table, rows, results, checkpoints)
    for fold in folds:
        run.fold(fold)
    done = tuple(_finished(job, results[job.target], task) for job in task.jobs)
    checkpoints.clear()
    return done


def load_data(run_dir: Path) -> Data:
    """The tables of a run as arrays, read once a process while their files stay the same."""
    paths = tuple(run_dir / f"{name}.parquet" for name in TABLES)
    return _load(paths, tuple(path.stat().st_mtime_ns for path in paths))


@lru_cache(maxsize=1)
def _load(paths: tuple[Path, ...], _changed: tuple[int, ...]) -> Data:
    rows, features, groups = paths
    data = data_of(read_rows(rows), pd.read_parquet(features), Groups.from_frame(pd.read_parquet(groups)))
    # Arrow keeps what it read from for its next file; there is none, and the models need the room.
    pa.default_memory_pool().release_unused()
    return data


@dataclass(eq=False)
class _Run:
    """One model on one feature set: what its folds share."""

    task: Task
    model: Model
    table: Table
    rows: Rows
    results: Mapping[str, Result]
    checkpoints: FolderCheckpoints

    def fold(self, fold: Fold) -> None:
        """Fit and predict every target that has not failed."""
        fit, valid = self._inner(fold)
        if self.model.info.multi:
            self._at_once(fold, fit, valid)
            return
        made: list[tuple[Result, Ints, Mapping[str, NDArray[Any]]]] = []
        shared: dict[bytes, tuple[Rows, Rows | None, Rows]] = {}
        for result in self.results.values():
            if result.reason is None:
                parts = tuple(index[result.mask[index]] for index in (fit, valid, fold.test))
                if not len(parts[2]):
                    continue
                key = result.mask.tobytes()
                # Targets that are known for the same rows share them, and what a model makes of them.
                if key not in shared:
                    shared[key] = self._taken(*parts)
                try:
                    made.append((result, parts[2], self._target(result, fold, parts, shared[key])))
                except PoregroveError as error:
                    self._fail(result, fold, error)
        # What intervals are fitted on may be as large again, so the first is freed before the second is made.
        shared.clear()
        self._keep(fold, made)

    def _taken(self, fit: Ints, valid: Ints, test: Ints) -> tuple[Rows, Rows | None, Rows]:
        return self.rows.take(fit), self.rows.take(valid) if len(valid) else None, self.rows.take(test)

    def _keep(self, fold: Fold, made: Sequence[tuple[Result, Ints, Mapping[str, NDArray[Any]]]]) -> None:
        """Give predictions of their test rows the intervals that were asked for, and keep them."""
        calibrator = self._calibrator(fold)
        for result, test, prediction in made:
            none = np.full(len(test), np.nan)
            kept = {**prediction, "y_lo": none, "y_hi": none} if self.task.intervals else prediction
            try:
                if calibrator is not None:
                    with timed([result], "intervals"):
                        kept = result.calibrated(calibrator.intervals(result.y, result.mask), kept)
                result.add(fold, test, kept)
            except PoregroveError as error:
                self._fail(result, fold, error)

    def _fail(self, result: Result, fold: Fold, error: PoregroveError) -> None:
        first = self.task.jobs[0]
        result.reason = f"repeat {fold.repeat} fold {fold.fold}: {error}"
        label = f"{first.features} under {first.regime}"
        log.warning("%s on %s, %s: %s", self.model.info.name, result.name, label, result.reason)

    def _inner(self, fold: Fold) -> tuple[Ints, Ints]:
        """Positions to fit on and to stop early by."""
        if not self.model.info.validates:
            return fold.train, fold.train[:0]
        fit, valid = validation_split(
            fold_regime(self.task.jobs[0]),
            self.table.volume_group[fold.train],
            self.table.design_group[fold.train],
            share=self.task.settings.validation_share,
            seed=fold_seed(self.task.settings.seed, fold),
        )
        return fold.train[fit], fold.train[valid]

    def _calibrator(self, fold: Fold) -> Calibrator | None:
        """What makes intervals: in the first repeat alone, as each costs several fits."""
        if not self.task.intervals or fold.repeat:
            return None

        def fit(train: Rows, y: Floats, valid: Rows | None, y_valid: Floats | None) -> Fitted:
            known = None if y_valid is None else y_valid.astype(np.float32)
            around = {**self._surroundings(fold, len(train)), **self._cuts(train, fold)}
            return self.model.fit(train, y.astype(np.float32), valid, known, **around)

        return Calibrator(
            rows=self.rows,
            table=self.table,
            fold=fold,
            regime=fold_regime(self.task.jobs[0]),
            settings=self.task.settings,
            seed=fold_seed(self.task.settings.seed, fold),
            validates=self.model.info.validates,
            fit=fit,
        )

    def _target(
        self,
        result: Result,
        fold: Fold,
        parts: tuple[Ints, ...],
        shared: tuple[Rows, Rows | None, Rows],
    ) -> Mapping[str, NDArray[Any]]:
        """Fit one target and predict its test rows."""
        fit, valid, test = parts
        train_rows, valid_rows, test_rows = shared
        if not len(fit):
            raise ModelError("no training row has a value of the target")
        y = result.y
        prediction = _nothing(len(test))
        prediction["y_pred"][:] = y[fit].mean()
        known = self._known(fit, test)
        if known.any():
            target, y_valid, bounds = labels(self.model.info, result.name, self.table, y, fit=fit, valid=valid)
            with timed([result], "fit"):
                fitted = self.model.fit(
                    train_rows,
                    target,
                    valid_rows,
                    y_valid,
                    **bounds,
                    **self._surroundings(fold, len(fit)),
                    **self._cuts(train_rows, fold),
                )
            with timed([result], "predict"):
                answer = fitted.predict(test_rows if known.all() else test_rows.take(known))
            _count(result, fitted, len(fit) + len(valid), int(known.sum()))
            for name, values in _parts(answer):
                prediction[name][known] = values
        return prediction

    def _at_once(self, fold: Fold, fit: Ints, valid: Ints) -> None:
        """One fit on all targets that training knows; each takes its column of the prediction."""
        learned = [result for result in self.results.values() if result.reason is None and result.mask[fit].any()]
        for result in self.results.values():
            if result.reason is None and result not in learned:
                self._fail(result, fold, ModelError("no training row has a value of the target"))
        if not learned:
            return
        known = np.stack([result.mask for result in learned], axis=1)
        fit, valid, test = (index[known[index].any(axis=1)] for index in (fit, valid, fold.test))
        if not len(test):
            return
        y = np.where(known, np.stack([result.y for result in learned], axis=1), np.nan).astype(np.float32)
        resumed: dict[str, Any] = {"checkpoints": self.checkpoints} if self.model.info.resumes else {}
        try:
            with timed(learned, "fit"):
                fitted = cast("MultiModel", self.model).fit_many(
                    self.rows.take(fit),
                    y[fit],
                    self.rows.take(valid) if len(valid) else None,
                    y[valid] if len(valid) else None,
                    target_weight=np.array([result.weight for result in learned], np.float32),
                    **resumed,
                    **self._surroundings(fold, len(fit)),
                )
            with timed(learned, "predict"):
                answer = fitted.predict(self.rows.take(test))
        except PoregroveError as error:
            for result in learned:
                self._fail(result, fold, error)
            return
        for number, result in enumerate(learned):
            if (rows := result.mask[test]).any():
                values = {name: part[rows, number] for name, part in _parts(answer)}
                self._column(result, fold, test[rows], fitted=fitted, n_fit=len(fit) + len(valid), values=values)

    def _column(
        self,
        result: Result,
        fold: Fold,
        test: Ints,
        *,
        fitted: Fitted,
        n_fit: int,
        values: Mapping[str, NDArray[Any]],
    ) -> None:
        """Keep one target's column of a prediction that was made for several."""
        _count(result, fitted, n_fit, len(test))
        try:
            result.add(fold, test, {**_nothing(len(test)), **values})
        except ModelError as error:
            self._fail(result, fold, error)

    def _surroundings(self, fold: Fold, n: int) -> Mapping[str, Any]:
        """What every fit is told beside its rows."""
        return {
            "seed": fold_seed(self.task.settings.seed, fold),
            "threads": threads_worth(n, self.task.threads),
            "device": self.task.device,
        }

    def _cuts(self, train: Rows, fold: Fold) -> Mapping[str, Any]:
        """Cuts of training rows for a model that tests itself on them; the same for all targets of the same rows."""
        settings = self.task.settings
        regime, seed = fold_regime(self.task.jobs[0]), fold_seed(settings.seed, fold)
        return cuts_for(self.model.info, train, self.table, regime=regime, settings=settings, seed=seed)

    def _known(self, fit: Ints, test: Ints) -> NDArray[np.bool_]:
        """Test rows whose ids training has seen, for models that need them; the others get the mean of training."""
        known = np.ones(len(test), bool)
        for name in self.model.info.needs:
            ids: Ints = getattr(self.table, name)
            known &= np.isin(ids[test], ids[fit])
        return known


def _nothing(n: int) -> dict[str, NDArray[np.float64]]:
    """The columns of a prediction of n rows, to be filled."""
    return {name: np.full(n, np.nan) for name in ("y_pred", "y_lo", "y_hi")}


def _parts(answer: Prediction) -> list[tuple[str, NDArray[np.float32]]]:
    """What a prediction has, by the names of its columns."""
    parts = (("y_pred", answer.y), ("y_lo", answer.lo), ("y_hi", answer.hi))
    return [(name, values) for name, values in parts if values is not None]


def _count(result: Result, fitted: Fitted, rows: int, known: int) -> None:
    result.n_fits += 1
    result.n_rows_fit += rows
    result.n_known += known
    result.devices.add(device_of(fitted))
    if isinstance(fitted, Revealing):
        result.revealed.append(fitted.revealed)
    if isinstance(fitted, Bounded) and fitted.shortened is not None:
        result.shortened.append(fitted.shortened)


def threads_worth(rows: int, most: int) -> int:
    """Threads that pay: on few rows they wait for one another longer than they work."""
    return max(1, min(most, rows // ROWS_A_THREAD))


def fold_seed(seed: int, fold: Fold) -> int:
    """A seed of one fit that depends on the run's seed and the fold alone."""
    return int(np.random.SeedSequence([seed, fold.repeat, fold.fold]).generate_state(1)[0] >> 1)


def _unseen_by_rule(info: ModelInfo, job: Job) -> str | None:
    """Why a model that needs ids cannot serve a regime that leaves them unseen."""
    seen: frozenset[str] = frozenset() if TARGET_BY_NAME[job.target].volume_only else REGIME_BY_NAME[job.regime].seen
    unseen = sorted(info.needs - seen)
    return f"needs the {' and the '.join(unseen)} of a test row in training" if unseen else None


def _beyond(info: ModelInfo, rows: Rows) -> str | None:
    """Why a model cannot take these rows at all."""
    missing = [name for name in info.columns if name not in rows.columns.names]
    if missing:
        return f"needs the column {', '.join(missing)}, which is absent or constant"
    if info.max_rows is not None and len(rows) > info.max_rows:
        return f"refuses more than {info.max_rows} rows, there are {len(rows)}"
    return None


def _all(task: Task, status: Any, reason: str) -> tuple[JobRecord, ...]:
    return tuple(JobRecord(job, status, reason) for job in task.jobs)


def _finished(job: Job, result: Result, task: Task) -> JobRecord:
    if result.reason is not None:
        return JobRecord(job, "failed", result.reason)
    if not result.parts:
        return JobRecord(job, "not applicable", "no tested row has a value of the target")
    if not result.n_known:
        return JobRecord(job, "not applicable", "training never saw the ids of a test row")
    how: dict[str, Any] = {**result.seconds, **result.calibration}
    record = JobRecord(
        job,
        "done",
        None,
        **how,
        n_fits=result.n_fits,
        n_rows_fit=result.n_rows_fit,
        n_rows_predict=result.n_known,
        device=", ".join(sorted(result.devices)),
        peak_memory_bytes=own_peak_memory_bytes(),
        note=result.note,
    )
    columns = {name: np.concatenate([part[name] for part in result.parts]) for name in result.parts[0]}
    write_predictions(job.file(task.run_dir), columns, record.as_dict())
    log.debug("finished %s", job)
    return record
