"""The studies of a run: every part that is not there yet, then the tables from all parts."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from math import nan
from pathlib import Path

from ...errors import PoregroveError, RunError
from ...models.base import Device
from ...schema import ABLATION, COSTS, IMPORTANCE, LEARNING_CURVES, RESULT_TABLES, SHAP_POINTS
from ..data.contract_file import run_contract
from ..execution.job_memory import limit_workers
from ..execution.parallel import Progress, Workers, engine_of, parallel_map
from ..runs.atomic import write_parquet
from ..scoring.score import as_table
from ..settings import ComparisonSettings, StudySettings
from ..tables.feature_sets import sources
from ..tables.run_tables import load_data
from ..training.job import Catalog, InstalledModels
from .ablation import ablate
from .costs import cost_rows, measured_growths
from .families import declared_families
from .importance import explain
from .jobs import Part, Row, Study, StudyJob, StudyRecord, StudyTask, read_part, write_part
from .learning_curves import learning_point
from .plan import plan_studies
from .timed_fits import time_fits

log = logging.getLogger(__name__)

TABLES = (ABLATION, LEARNING_CURVES, IMPORTANCE, SHAP_POINTS, COSTS)
"""Tables that ``run_studies`` writes, each as ``<name>.parquet``, as far as its study was asked for."""

_DO: Mapping[Study, Callable[[StudyTask], Part]] = {
    "importance": explain,
    "ablation": ablate,
    "learning-curves": learning_point,
    "costs": time_fits,
}


def run_studies(
    run_dir: Path,
    comparison: ComparisonSettings,
    settings: StudySettings,
    *,
    families: Mapping[str, str] | None = None,
    tiers: Mapping[str, str] | None = None,
    metres: bool = False,
    catalog: Catalog | None = None,
    seconds_features: float = nan,
    workers: Workers = 1,
    memory: float | None = None,
    device: Device = "cpu",
    progress: Progress | None = None,
) -> tuple[StudyRecord, ...]:
    """Do every study job of a scored run whose part is not there yet, and write the tables of all parts.

    Nothing but the run's own files is read. ``families`` and ``tiers`` (of each descriptor column)
    default to what the descriptors declare, ``seconds_features`` is what describing the volumes took.
    ``workers`` work side by side, on this machine no more of them than ``memory`` GiB hold. A job that
    cannot be done says why in its record and leaves no row; a part that cannot be read is made again.
    """
    catalog = catalog or InstalledModels()
    families = declared_families() if families is None else families
    contract = run_contract(run_dir)
    feature_sources = sources(comparison, _tiers() if tiers is None else tiers, metres=metres, contract=contract)
    jobs = plan_studies(run_dir, settings, catalog.available(), feature_sources, families, device=device)
    data = load_data(run_dir)
    n_columns = data.volumes.shape[1] + data.designs.shape[1]
    workers = limit_workers(workers, len(jobs), n_rows=len(data.cells), n_columns=n_columns, budget_gib=memory)
    threads = engine_of(workers).threads(len(jobs)) if jobs else 1
    parts = {job: part for job in jobs if (part := _finished(job, run_dir)) is not None}
    tasks = [
        StudyTask(run_dir, job, comparison, settings, feature_sources, families, catalog, device, threads)
        for job in jobs
        if job not in parts
    ]
    made = parallel_map(_run, tasks, workers=workers, progress=progress)
    failed = [record for record in made if record.status == "failed"]
    parts |= {record.job: read_part(record.job.file(run_dir)) for record in made if record.status == "done"}
    parts = {job: parts[job] for job in jobs if job in parts}  # in the order of the plan, however it came about
    _write_tables(run_dir, settings, parts, catalog, seconds_features)
    done = (StudyRecord(job, "done", None, part.note, part.seconds, part.cpu_seconds) for job, part in parts.items())
    return (*done, *failed)


def _finished(job: StudyJob, run_dir: Path) -> Part | None:
    """The part that a job left, None where there is none that can be read."""
    path = job.file(run_dir)
    if not path.exists():
        return None
    try:
        return read_part(path)
    except RunError as error:
        log.warning("%s; it is made again", error)
        return None


def _run(task: StudyTask) -> StudyRecord:
    """Do one job and write its part."""
    job = task.job
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        part = _DO[job.study](task)
    except PoregroveError as error:
        log.warning("%s of %s on %s under %s: %s", job.study, job.model, job.target, job.regime, error)
        return StudyRecord(job, "failed", str(error))
    seconds = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    write_part(job.file(task.run_dir), Part(part.tables, part.note, **seconds, others=part.others))
    return StudyRecord(job, "done", None, part.note, **seconds)


def _write_tables(
    run_dir: Path,
    settings: StudySettings,
    parts: Mapping[StudyJob, Part],
    catalog: Catalog,
    seconds_features: float,
) -> None:
    rows: dict[str, list[Row]] = defaultdict(list)
    for job, part in parts.items():
        for name, own in part.tables.items():
            rows[name] += [{**job.cell, **row} for row in own]
    if settings.costs:
        rows[COSTS.name] = _costs(run_dir, parts, catalog, seconds_features)
    asked = {
        ABLATION.name: settings.ablation,
        LEARNING_CURVES.name: settings.learning_curves,
        IMPORTANCE.name: settings.importance,
        SHAP_POINTS.name: settings.importance,
        COSTS.name: settings.costs,
    }
    for name, wanted in asked.items():
        path = run_dir / f"{name}.parquet"
        if wanted:
            write_parquet(path, as_table(rows[name], RESULT_TABLES[name]))
        else:
            path.unlink(missing_ok=True)  # an earlier run of the same comparison may have asked for it


def _costs(run_dir: Path, parts: Mapping[StudyJob, Part], catalog: Catalog, seconds_features: float) -> list[Row]:
    timed = [row for part in parts.values() for row in part.others.get("growth", ())]
    notes = {job.model: part.note for job, part in parts.items() if job.study == "costs" and part.note}
    return [
        *cost_rows(
            run_dir,
            load_data(run_dir),
            catalog.available(),
            measured_growths(timed),
            notes,
            seconds_features=seconds_features,
        )
    ]


def _tiers() -> Mapping[str, str]:
    from ...features import descriptors

    return {info.name: info.tier for info in descriptors()}
