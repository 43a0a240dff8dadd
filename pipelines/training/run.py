"""A comparison from its tables: all jobs that are not finished yet, and what became of each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...models.base import Device, Volumes
from ...schema import BUILT_IN, FEATURE_SET_BY_NAME, Contract
from ..execution.job_memory import limit_workers
from ..execution.parallel import Progress, Workers, engine_of, parallel_map
from ..execution.shards import Shard
from ..runs.atomic import write_parquet
from ..settings import ComparisonSettings
from ..splits.splits import RegimeStatus
from ..tables.feature_sets import FeatureSources, feature_rows, sources
from ..tables.groups import Groups, find_groups
from ..tables.run_tables import TABLES, load_data
from .fit_job import Task, recorded, run_task
from .job import Catalog, InstalledModels, Job, JobRecord, plan_jobs, with_intervals
from .job_folds import fold_regime, regime_split

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ComparisonRecord:
    """What a run's manifest says of the comparison."""

    jobs: tuple[JobRecord, ...]
    regimes: tuple[RegimeStatus, ...]
    """Of the cell rows; of the rows of distinct volumes where there are no cells."""
    feature_sets: Mapping[str, tuple[str, ...]]
    """Columns of each set that was used, on the cell rows (distinct volumes where there are no cells)."""


def run_comparison(
    run_dir: Path,
    rows: pd.DataFrame,
    features: pd.DataFrame,
    settings: ComparisonSettings,
    *,
    groups: Groups | None = None,
    tiers: Mapping[str, str] | None = None,
    metres: bool = False,
    volumes: Volumes | None = None,
    catalog: Catalog | None = None,
    equal_size: bool = True,
    workers: Workers = 1,
    memory: float | None = None,
    device: Device = "cpu",
    shard: Shard | None = None,
    finished_elsewhere: Mapping[Job, JobRecord] | None = None,
    contract: Contract = BUILT_IN,
    progress: Progress | None = None,
) -> ComparisonRecord:
    """Run every job of the settings whose prediction file is not in ``run_dir`` yet.

    ``rows`` and ``features`` are the run tables of those names; they are written into the folder
    where they are not there already, since the jobs read them from it. ``groups`` default to the
    digests; ``tiers`` (of each descriptor column) to what the descriptors declare; ``metres`` says
    that descriptors are in metres; ``volumes`` holds voxels in the order of ``features``.
    ``workers`` run jobs side by side; on other machines they must see ``run_dir`` under the same path.
    On this one there are fewer of them where ``memory`` GiB (None: half of what the machine has) would
    not hold them, and the cores serve as threads. ``shard`` takes its part of the jobs only;
    ``finished_elsewhere`` says what became of jobs that left no file elsewhere. Raises SettingsError for an
    unknown name and RunError where the tables contradict each other.
    """
    catalog = catalog or InstalledModels()
    groups = groups or find_groups(rows)
    frames = (rows, features, groups.frame())
    for name, frame in zip(TABLES, frames, strict=True):
        if not (path := run_dir / f"{name}.parquet").exists():
            write_parquet(path, frame)
    feature_sources = sources(settings, _tiers() if tiers is None else tiers, metres=metres, contract=contract)
    jobs = plan_jobs(
        settings, catalog.available(), volumes=volumes is not None, equal_size=equal_size, contract=contract
    )
    finished = {job: record for job, record in (finished_elsewhere or {}).items() if record.status != "done"}
    finished |= {job: record for job in jobs if (record := recorded(job, run_dir)) is not None}
    if finished:
        log.info("%d of %d jobs are finished already", len(finished), len(jobs))
    bundles = _bundles(jobs, catalog, contract)
    mine = [bundle for bundle in bundles if shard is None or shard.takes(_key(bundle))]
    n_columns = features.shape[1] + len(contract.scalars) + len(feature_sources.physics)
    workers = limit_workers(workers, len(bundles), n_rows=len(rows), n_columns=n_columns, budget_gib=memory)
    # threads of the whole plan, not of what is left of it: they may change the last digits of a booster
    threads = engine_of(workers).threads(len(bundles))
    calibrated = with_intervals(jobs, catalog.available(), settings)
    tasks = [
        Task(
            run_dir,
            left,
            settings,
            feature_sources,
            catalog,
            device,
            threads,
            volumes,
            targets=_targets(bundle),
            intervals=left[0] in calibrated,
        )
        for bundle in mine
        if (left := tuple(job for job in bundle if job not in finished))
    ]
    for records in parallel_map(run_task, tasks, workers=workers, progress=progress):
        finished.update({record.job: record for record in records})
    return ComparisonRecord(
        jobs=tuple(finished[job] for job in jobs if job in finished),
        regimes=_statuses(run_dir, settings),
        feature_sets=_columns(run_dir, jobs, feature_sources),
    )


def _tiers() -> Mapping[str, str]:
    from ...features import descriptors

    return {info.name: info.tier for info in descriptors()}


def _bundles(jobs: Sequence[Job], catalog: Catalog, contract: Contract) -> list[tuple[Job, ...]]:
    """Jobs that share their folds, their rows and their model; the dearest models first, so that none is left alone at the end."""
    order = {info.name: number for number, info in enumerate(catalog.available())}
    bundles: dict[tuple[str | bool, ...], list[Job]] = {}
    for job in jobs:
        regime, volume_only = fold_regime(job, contract), contract.volume_only(job.target)
        shared = (job.model, job.features, regime, job.variant, volume_only)
        bundles.setdefault(shared, []).append(job)
    return [tuple(bundle) for bundle in sorted(bundles.values(), key=lambda bundle: -order[bundle[0].model])]


def _key(bundle: Sequence[Job]) -> str:
    """What tells a bundle from the others, whatever the machine."""
    return "|".join(sorted(map(str, bundle)))


def _targets(bundle: Sequence[Job]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(job.target for job in bundle))


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
