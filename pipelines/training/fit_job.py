"""Running jobs: fit on the training part of each fold and predict the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import MissingExtraError, SettingsError
from ...models.base import Device, ModelInfo, Rows, Volumes
from ...schema import REGIME_BY_NAME, Contract
from ..runs.checkpoints import FolderCheckpoints
from ..runs.folder import RunFolder
from ..runs.machine import own_peak_memory_bytes
from ..settings import ComparisonSettings
from ..splits.splits import Fold
from ..tables.feature_sets import FeatureSources, feature_rows
from ..tables.run_tables import load_data
from .finish import finish, recorded
from .fit import FitProcedure
from .fold_parts import part_file, targets_of_part, write_part
from .fold_run import FoldRun
from .job import Catalog, Job, JobRecord, uses_whole_cluster
from .job_folds import FoldId, fold_regime, job_folds, repeats_of
from .target_results import Result

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
    folds: tuple[FoldId, ...] = ()
    """The folds to run where the work is divided; none: all, and the jobs are finished."""
    parts: Path | None = None
    """Folder in which each of these folds leaves a file, where the work is divided."""

    @property
    def uses_whole_cluster(self) -> bool:
        """Whether it is to run where it is asked for, over all workers at once."""
        return uses_whole_cluster(self.catalog, self.jobs[0].model)


def run_task(task: Task) -> tuple[JobRecord, ...]:
    """Run the jobs of a task and write their files; jobs that do not apply or fail say why instead.

    Jobs that are finished by now are not run again: a task may be started anew where its worker died. Of some folds
    alone each that is not there leaves a file, and there are no records but of jobs that do not apply.
    """
    finished = {job: record for job in task.jobs if (record := recorded(job, task.run_dir)) is not None}
    left = tuple(job for job in task.jobs if job not in finished)
    if left:
        finished |= {record.job: record for record in _run_jobs(replace(task, jobs=left))}
    return tuple(finished[job] for job in task.jobs if job in finished)


def _run_jobs(task: Task) -> tuple[JobRecord, ...]:
    work = _prepared(task)
    if isinstance(work, str):
        return tuple(JobRecord(job, "not applicable", work) for job in task.jobs)
    if task.parts is not None:
        _run_folds(task, work, task.parts)
        return ()
    for fold in work.folds:
        work.run.fold(fold)
    done = tuple(finish(job, work.run.results[job.target], task.run_dir) for job in task.jobs)
    work.checkpoints.clear()
    return done


def _run_folds(task: Task, work: _Work, parts: Path) -> None:
    """Run the folds of a task that are not there, and write what came of each."""
    targets = {job.target for job in task.jobs}
    for fold in work.folds:
        at = (fold.repeat, fold.fold)
        if at not in task.folds or targets <= targets_of_part(path := part_file(parts, at)):
            continue
        results = {name: Result(name, work.run.procedure.table) for name in work.run.results}
        replace(work.run, results=results).fold(fold)
        kept = {name: result for name, result in results.items() if name in targets}
        write_part(path, kept, peak_memory_bytes=own_peak_memory_bytes())
        work.checkpoints.clear()
        log.debug("finished %s", path.relative_to(task.run_dir).as_posix())


@dataclass(frozen=True, eq=False)
class _Work:
    """What the folds of a task need."""

    run: FoldRun
    folds: Iterable[Fold]
    checkpoints: FolderCheckpoints


def _prepared(task: Task) -> _Work | str:
    """What the folds of a task need, or the reason why its jobs do not apply."""
    first = task.jobs[0]
    data = load_data(task.run_dir)
    table = data.table(first.target)
    try:
        model = task.catalog.create(first.model)
    except (MissingExtraError, SettingsError) as error:
        return str(error)
    folds, reason = job_folds(first, data, task.settings, most_repeats=repeats_of(model.info, task.settings))
    reason = reason or _unseen_by_rule(model.info, first, data.contract)
    if reason is not None:
        return reason
    rows = feature_rows(first.features, table, data, task.feature_sources, task.volumes)
    if (reason := _beyond(model.info, rows)) is not None:
        return reason
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
    run = FoldRun(procedure, rows, results, f"{first.features} under {first.regime}", task.intervals)
    return _Work(run, folds, checkpoints)


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
