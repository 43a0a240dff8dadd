"""Comparison from the tables of a run: its unfinished jobs are run, and the outcome of each is recorded."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

import pandas as pd

from ...files import check_checksums, prediction_paths, read_checksums, record_checksum
from ...schema import FEATURE_SET_BY_NAME
from ..execution.job_memory import limit_workers
from ..execution.parallel import Progress, Weight, engine_of, parallel_map
from ..runs.atomic import write_parquet
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..splits.splits import RegimeStatus
from ..tables.feature_sets import FeatureSources, feature_rows, sources
from ..tables.groups import Groups, find_groups
from ..tables.run_tables import TABLES, load_data, share_data
from .context import RunContext
from .division import Piece, divide
from .finish import GatherTask, gather, recorded
from .fit_job import Task, run_task
from .fold_parts import part_file
from .job import FOLDERS, Job, JobRecord, plan_jobs, sized
from .job_costs import expected_seconds
from .job_folds import regime_split
from .screening import screen
from .size_rules import SizeRules, counts_of, size_rules

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ComparisonRecord:
    """Record of the comparison in a run's manifest."""

    jobs: tuple[JobRecord, ...]
    regimes: tuple[RegimeStatus, ...]
    """Status of the regimes on the cell rows; of the rows of distinct volumes where there are no cells."""
    feature_sets: Mapping[str, tuple[str, ...]]
    """Columns of each set that was used, on the cell rows (distinct volumes where there are no cells)."""
    rules: SizeRules = field(default_factory=SizeRules)
    """How the size of the data changed the comparison."""


def run_comparison(
    context: RunContext,
    rows: pd.DataFrame,
    features: pd.DataFrame,
    *,
    groups: Groups | None = None,
    progress: Progress | None = None,
) -> ComparisonRecord:
    """Run every job of the settings whose prediction file is not in the run folder yet.

    ``rows`` and ``features`` are the run tables of those names; they are written into the folder
    where they are not there already, since the jobs read them from it. ``groups`` default to the
    digests. Raises SettingsError for an unknown name and RunError where the tables contradict each
    other or a finished prediction file is not what the run wrote.
    """
    run_dir, settings, catalog = context.run_dir, context.settings, context.catalog
    groups = groups or find_groups(rows)
    for name, frame in zip(TABLES, (rows, features, groups.frame()), strict=True):
        if not (path := run_dir / f"{name}.parquet").exists():
            write_parquet(path, frame)
    share_data(run_dir)
    rules = size_rules(settings, counts_of(load_data(run_dir)))
    context = replace(context, catalog=sized(catalog, rules))
    feature_sources = sources(settings, context.tier_of, metres=context.metres, contract=context.contract)
    jobs = plan_jobs(
        settings,
        catalog.available(),
        volumes=context.volumes is not None,
        equal_size=context.equal_size and rules.equal_size,
        ensembles_everywhere=rules.ensembles_everywhere,
        contract=context.contract,
    )
    finished = {job: record for job, record in context.finished_elsewhere.items() if record.status != "done"}
    finished |= _finished(run_dir, jobs)
    if finished:
        log.info("%d of %d jobs are finished already", len(finished), len(jobs))
    screened = screen(context, jobs, feature_sources, progress) if _screens(context, rules) else {}
    finished = {**screened, **finished}
    planned = [job for job in jobs if job not in finished or finished[job].status != "screened"]
    plan = divide(context, planned, feature_sources)
    n_columns = features.shape[1] + len(context.contract.scalars) + len(feature_sources.physics)
    workers = limit_workers(
        context.workers, len(plan), n_rows=len(rows), n_columns=n_columns, budget_gib=context.memory
    )
    todo = _unfinished(context, plan, finished)
    # threads of the whole plan, not of what is left of it: they may change the last digits of a booster
    tasks = _tasks(context, todo, feature_sources, threads=engine_of(workers).threads(len(plan)))
    for records in parallel_map(run_task, tasks, workers=workers, progress=progress, weights=_weights(context, todo)):
        finished.update({record.job: record for record in records})
    for record in parallel_map(gather, _gathered(context, plan, finished), workers=workers):
        finished[record.job] = record
    rmtree(RunFolder(run_dir).parts, ignore_errors=True)
    return ComparisonRecord(
        jobs=tuple(finished[job] for job in jobs if job in finished),
        regimes=_statuses(run_dir, settings),
        feature_sets=_columns(run_dir, jobs, feature_sources),
        rules=rules,
    )


def _screens(context: RunContext, rules: SizeRules) -> bool:
    """Whether candidates are screened here; where parts are put together it was done elsewhere."""
    return rules.screening and not context.finished_elsewhere


def _finished(run_dir: Path, jobs: Sequence[Job]) -> dict[Job, JobRecord]:
    """The records of jobs whose files are there; what lies beside them is named and does not count."""
    found = {job: record for job in jobs if (record := recorded(job, run_dir)) is not None}
    files = [job.file(run_dir) for job in found]
    check_checksums(run_dir, files)
    known = read_checksums(run_dir) or {}
    for path in files:  # of a run by version 0.1, or of a job that was killed just before
        if path.relative_to(run_dir).as_posix() not in known:
            record_checksum(run_dir, path)
    planned = {job.file(run_dir) for job in jobs}
    planned |= {replace(job, variant="unclipped").file(run_dir) for job in jobs if job.variant == "as-is"}
    for folder in FOLDERS.values():
        counted, strays = prediction_paths(run_dir, folder)
        unplanned = (path for key, path in counted.items() if path not in planned and not _is_entered(key[2]))
        for path in (*strays, *unplanned):
            log.warning("%s is no prediction file of this run and does not count", path)
    return found


def _is_entered(features: str) -> bool:
    """Whether predictions on a feature set were made elsewhere."""
    return features in FEATURE_SET_BY_NAME and FEATURE_SET_BY_NAME[features].entered


def _unfinished(
    context: RunContext, plan: Sequence[Piece], finished: Mapping[Job, JobRecord]
) -> list[tuple[Piece, tuple[Job, ...]]]:
    """Pieces of this part of the plan with the jobs that are left of each."""
    mine = (
        (piece, tuple(job for job in piece.jobs if job not in finished)) for piece in plan if _is_mine(context, piece)
    )
    return [(piece, left) for piece, left in mine if left]


def _weights(context: RunContext, todo: Sequence[tuple[Piece, tuple[Job, ...]]]) -> list[Weight]:
    """Expected seconds of what is left; models are mistaken each in its own way."""
    costs = context.costs or expected_seconds
    return [Weight(costs(piece.part) * len(left) / len(piece.jobs), piece.part.model) for piece, left in todo]


def _tasks(
    context: RunContext,
    todo: Sequence[tuple[Piece, tuple[Job, ...]]],
    feature_sources: FeatureSources,
    *,
    threads: int,
) -> list[Task]:
    """Tasks of what is left of some pieces."""
    return [
        Task(
            context.run_dir,
            left,
            context.settings,
            feature_sources,
            context.catalog,
            context.device,
            threads,
            context.volumes,
            targets=piece.part.targets,
            intervals=piece.intervals,
            folds=() if piece.parts is None else piece.part.folds,
            parts=None if piece.parts is None else context.run_dir / piece.parts,
        )
        for piece, left in todo
    ]


def _gathered(context: RunContext, plan: Sequence[Piece], finished: Mapping[Job, JobRecord]) -> list[GatherTask]:
    """The jobs whose folds lie in files of their own."""
    found: dict[Job, GatherTask] = {}
    for piece in plan:
        if piece.parts is not None and _is_mine(context, piece):
            files = tuple(part_file(context.run_dir / piece.parts, fold) for fold in piece.all_folds)
            found |= {job: GatherTask(context.run_dir, job, files) for job in piece.jobs if job not in finished}
    return [*found.values()]


def _is_mine(context: RunContext, piece: Piece) -> bool:
    """Whether a piece falls to this shard; all pieces of a bundle fall to the same one."""
    return context.shard is None or context.shard.takes("|".join(sorted(map(str, piece.bundle))))


def _statuses(run_dir: Path, settings: ComparisonSettings) -> tuple[RegimeStatus, ...]:
    data = load_data(run_dir)
    table = data.cells if len(data.cells) else data.distinct
    return tuple(regime_split(regime, table, data, settings).status for regime in settings.regimes)


def _columns(run_dir: Path, jobs: Sequence[Job], feature_sources: FeatureSources) -> Mapping[str, tuple[str, ...]]:
    data = load_data(run_dir)
    table = data.cells if len(data.cells) else data.distinct
    used = {job.features for job in jobs}
    names = [name for name in FEATURE_SET_BY_NAME if name in used]
    return {name: feature_rows(name, table, data, feature_sources).columns.names for name in names}
