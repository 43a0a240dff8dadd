"""Running jobs: fit on the training part of each fold, predict the rest, write one file a job."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import MissingExtraError, RunError, SettingsError
from ...models.base import Device, ModelInfo, Rows, Volumes
from ...schema import REGIME_BY_NAME, Contract
from ..runs.checkpoints import FolderCheckpoints
from ..runs.folder import RunFolder
from ..runs.machine import own_peak_memory_bytes
from ..settings import ComparisonSettings
from ..tables.feature_sets import FeatureSources, feature_rows
from ..tables.run_tables import load_data
from .course import mean_course
from .fit import FitProcedure
from .fold_run import FoldRun
from .job import Catalog, Job, JobRecord, uses_whole_cluster
from .job_folds import fold_regime, job_folds
from .predictions import read_record, write_predictions
from .target_results import NO_VALUE, Result

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """Jobs that differ by target alone (and by regimes of the same folds), so that they share rows and fits."""

    run_dir: Path
    jobs: tuple[Job, ...]
    settings: ComparisonSettings
    feature_sources: FeatureSources
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
    def uses_whole_cluster(self) -> bool:
        """Whether it is to run where it is asked for, over all workers at once."""
        return uses_whole_cluster(self.catalog, self.jobs[0].model)


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
    reason = reason or _unseen_by_rule(model.info, first, data.contract)
    if reason is not None:
        return _all(task, "not applicable", reason)
    rows = feature_rows(first.features, table, data, task.feature_sources, task.volumes)
    if (reason := _beyond(model.info, rows)) is not None:
        return _all(task, "not applicable", reason)
    wanted = task.targets if model.info.multi_target else ()
    results = {name: Result(name, table) for name in dict.fromkeys((*wanted, *(job.target for job in task.jobs)))}
    checkpoints = FolderCheckpoints(RunFolder(task.run_dir).checkpoints)
    procedure = FitProcedure(
        model,
        table,
        fold_regime(first, data.contract),
        task.settings,
        task.device,
        task.threads,
        checkpoints=checkpoints,
    )
    label = f"{first.features} under {first.regime}"
    run = FoldRun(procedure, rows, results, label, task.intervals)
    most = task.settings.network_repeats if model.info.kind == "network" else None
    for fold in folds:
        if most is None or fold.repeat < most:
            run.fold(fold)
    done = tuple(_finished(job, results[job.target], task) for job in task.jobs)
    checkpoints.clear()
    return done


def _unseen_by_rule(info: ModelInfo, job: Job, contract: Contract) -> str | None:
    """Reason why a model that needs ids cannot serve a regime that leaves them unseen."""
    seen: frozenset[str] = frozenset() if contract.volume_only(job.target) else REGIME_BY_NAME[job.regime].seen
    unseen = sorted(info.requires_seen_ids - seen)
    return f"needs the {' and the '.join(unseen)} of a test row in training" if unseen else None


def _beyond(info: ModelInfo, rows: Rows) -> str | None:
    """Reason why a model cannot take these rows at all."""
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
        return JobRecord(job, "not applicable", NO_VALUE)
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
        course=mean_course(result.courses) or None,
    )
    columns = {name: np.concatenate([part[name] for part in result.parts]) for name in result.parts[0]}
    unclipped = result.unclipped()
    if unclipped is not None:
        write_predictions(replace(job, variant="unclipped").file(task.run_dir), unclipped, record.as_dict())
    write_predictions(job.file(task.run_dir), columns, record.as_dict())
    log.debug("finished %s", job)
    return record
