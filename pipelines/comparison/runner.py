"""Running jobs: fit on the training part of each fold, predict the rest, write one file a job."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import MissingExtraError, ModelError, PoregroveError, SettingsError
from ...models.base import Device, Model, ModelInfo, Rows, Volumes
from ...schema import REGIME_BY_NAME, TARGET_BY_NAME
from ..settings import ComparisonSettings
from .features import Sources, feature_rows
from .folds import fold_regime, job_folds
from .groups import Groups
from .inner import validation_split
from .jobs import Catalog, Job, JobRecord
from .predictions import write_predictions
from .scale import from_scale, to_scale, usable
from .splits import Fold, Ints
from .tables import LIFE, Data, Table, data_of

log = logging.getLogger(__name__)
TABLES = ("rows", "features", "groups")
"""Run tables that the jobs read, so that no process need be sent them."""
ROWS_A_THREAD = 5_000
_CLOCKS = ("seconds_fit", "seconds_predict", "cpu_seconds_fit", "cpu_seconds_predict")


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


def run_task(task: Task) -> tuple[JobRecord, ...]:
    """Run the jobs of a task and write their files; jobs that do not apply or fail say why instead."""
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
    results = {name: _Result(name, table) for name in dict.fromkeys(job.target for job in task.jobs)}
    run = _Run(task, model, table, rows, results)
    for fold in folds:
        run.fold(fold)
    return tuple(_finished(job, results[job.target], task) for job in task.jobs)


def load_data(run_dir: Path) -> Data:
    """The tables of a run as arrays, read once a process while their files stay the same."""
    paths = tuple(run_dir / f"{name}.parquet" for name in TABLES)
    return _load(paths, tuple(path.stat().st_mtime_ns for path in paths))


@lru_cache(maxsize=1)
def _load(paths: tuple[Path, ...], _changed: tuple[int, ...]) -> Data:
    rows, features, groups = map(pd.read_parquet, paths)
    return data_of(rows, features, Groups.from_frame(groups))


@dataclass(eq=False)
class _Result:
    """What accumulates for one target over the folds."""

    name: str
    table: Table
    parts: list[Mapping[str, NDArray[Any]]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_CLOCKS, 0.0))
    n_fits: int = 0
    n_known: int = 0
    reason: str | None = None

    def __post_init__(self) -> None:
        target = TARGET_BY_NAME[self.name]
        self.scale = target.scale
        self.mask = usable(self.table.targets[self.name], self.scale)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds[f"seconds_{stage}"] += time.perf_counter() - wall
        self.seconds[f"cpu_seconds_{stage}"] += time.process_time() - cpu


@dataclass(eq=False)
class _Run:
    """One model on one feature set: what its folds share."""

    task: Task
    model: Model
    table: Table
    rows: Rows
    results: Mapping[str, _Result]

    def fold(self, fold: Fold) -> None:
        """Fit and predict every target that has not failed."""
        fit, valid = self._inner(fold)
        shared: dict[bytes, tuple[Rows, Rows | None, Rows]] = {}
        for result in self.results.values():
            if result.reason is None:
                parts = tuple(index[result.mask[index]] for index in (fit, valid, fold.test))
                if not len(parts[2]):
                    continue
                key = result.mask.tobytes()
                # Targets that are known for the same rows share them, and what a model makes of them.
                if key not in shared:
                    taken = [self.rows.take(index) for index in parts]
                    shared[key] = (taken[0], taken[1] if len(parts[1]) else None, taken[2])
                try:
                    self._target(result, fold, parts, shared[key])
                except PoregroveError as error:
                    result.reason = f"repeat {fold.repeat} fold {fold.fold}: {error}"
                    log.warning("%s on %s, %s: %s", self.model.info.name, result.name, self.rows_label, result.reason)

    @property
    def rows_label(self) -> str:
        return f"{self.task.jobs[0].features} under {self.task.jobs[0].regime}"

    def _inner(self, fold: Fold) -> tuple[Ints, Ints]:
        """Positions to fit on and to stop early by."""
        if not self.model.info.validates:
            return fold.train, fold.train[:0]
        fit, valid = validation_split(
            fold_regime(self.task.jobs[0]),
            self.table.volume_group[fold.train],
            self.table.design_group[fold.train],
            share=self.task.settings.validation_share,
            seed=_seed(self.task.settings.seed, fold),
        )
        return fold.train[fit], fold.train[valid]

    def _target(
        self, result: _Result, fold: Fold, parts: tuple[Ints, ...], shared: tuple[Rows, Rows | None, Rows]
    ) -> None:
        fit, valid, test = parts
        train_rows, valid_rows, test_rows = shared
        if not len(fit):
            raise ModelError("no training row has a value of the target")
        y = to_scale(self.table.targets[result.name], result.scale)
        prediction = {name: np.full(len(test), np.nan) for name in ("y_pred", "y_lo", "y_hi")}
        prediction["y_pred"][:] = y[fit].mean()
        known = self._known(fit, test)
        if known.any():
            lower, upper = bounds_of(self.model.info, result.name, self.table, fit, y)
            with result.timed("fit"):
                fitted = self.model.fit(
                    train_rows,
                    lower.astype(np.float32),
                    valid_rows,
                    None if valid_rows is None else y[valid].astype(np.float32),
                    upper=upper,
                    seed=_seed(self.task.settings.seed, fold),
                    threads=threads_worth(len(fit), self.task.threads),
                    device=self.task.device,
                )
            with result.timed("predict"):
                answer = fitted.predict(test_rows if known.all() else test_rows.take(known))
            result.n_fits += 1
            result.n_known += int(known.sum())
            for name, values in (("y_pred", answer.y), ("y_lo", answer.lo), ("y_hi", answer.hi)):
                if values is not None:
                    prediction[name][known] = values
        result.parts.append(
            {
                "row": self.table.row[test],
                "fold": np.full(len(test), fold.fold),
                "repeat": np.full(len(test), fold.repeat),
                **{name: self._raw(result, values) for name, values in prediction.items()},
            }
        )
        if not np.isfinite(result.parts[-1]["y_pred"]).all():
            raise ModelError("a prediction is not a finite number")

    def _known(self, fit: Ints, test: Ints) -> NDArray[np.bool_]:
        """Test rows whose ids training has seen, for models that need them; the others get the mean of training."""
        known = np.ones(len(test), bool)
        for name in self.model.info.needs:
            ids: Ints = getattr(self.table, name)
            known &= np.isin(ids[test], ids[fit])
        return known

    def _raw(self, result: _Result, values: NDArray[Any]) -> NDArray[np.float32]:
        """On the raw scale, and a life within what a life can be."""
        raw = from_scale(values, result.scale)
        if result.name == LIFE:
            raw = np.clip(raw, *self.table.life_bounds)
        with np.errstate(over="ignore"):
            return raw.astype(np.float32)


def bounds_of(
    info: ModelInfo, target: str, table: Table, fit: Ints, y: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.float32] | None]:
    """What a model is fitted on: lower bounds and, where it knows censoring, upper bounds (inf = only known to exceed).

    ``y`` holds the target of all rows of the table on its learned scale, ``fit`` the positions fitted on.
    """
    if info.censoring is None or target != LIFE:
        return y[fit], None
    status = table.life_status[fit]
    open_ended = status == "censored" if info.censoring == "capped" else status != "measured"
    lower = y[fit] if info.censoring == "capped" else np.where(open_ended, table.last_cycle[fit], y[fit])
    return lower, np.where(open_ended, np.inf, lower).astype(np.float32)


def threads_worth(rows: int, most: int) -> int:
    """Threads that pay: on few rows they wait for one another longer than they work."""
    return max(1, min(most, rows // ROWS_A_THREAD))


def _seed(seed: int, fold: Fold) -> int:
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


def _finished(job: Job, result: _Result, task: Task) -> JobRecord:
    if result.reason is not None:
        return JobRecord(job, "failed", result.reason)
    if not result.parts:
        return JobRecord(job, "not applicable", "no tested row has a value of the target")
    if not result.n_known:
        return JobRecord(job, "not applicable", "training never saw the ids of a test row")
    record = JobRecord(job, "done", None, **result.seconds, n_fits=result.n_fits, device=task.device)
    columns = {name: np.concatenate([part[name] for part in result.parts]) for name in result.parts[0]}
    write_predictions(job.file(task.run_dir), columns, record.as_dict())
    return record
