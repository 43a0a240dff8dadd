"""Every score table of a run, from ``predictions/``, ``rows``, ``features`` and ``groups`` alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ...files import check_checksums
from ...schema import (
    CHOICES,
    DIFFERENCES,
    GAPS,
    IMAGE_ADDS,
    INTERVALS,
    LETTERS,
    OVERALL,
    OVERALL_DIFFERENCES,
    RANKINGS,
    SCORES,
    SHARES,
    TableSchema,
)
from ..audit import as_json
from ..data.contract_file import run_contract
from ..execution.job_memory import limit_workers
from ..execution.parallel import Progress, Workers, parallel_map
from ..runs.atomic import write_json, write_parquet
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..tables.run_tables import load_data
from ..training.job import FOLDERS, Catalog, InstalledModels
from .differences import decide
from .image_adds import Additions, image_rows
from .letters import letter_rows
from .losses import prediction_files
from .model_check import check_models, evidence_of
from .overall import Scored, overall_rows
from .overall_differences import Shared, overall_difference_rows
from .score_record import inputs_digest, keep, recall
from .target_scores import Row, TargetTask, score_target

TABLES = (
    SCORES,
    CHOICES,
    SHARES,
    GAPS,
    RANKINGS,
    IMAGE_ADDS,
    OVERALL,
    OVERALL_DIFFERENCES,
    DIFFERENCES,
    LETTERS,
    INTERVALS,
)
"""Tables that ``score_run`` writes, each as ``<name>.parquet``."""
_WORTH_STARTING = 1_500
"""Fewer prediction files than this are scored in about the time that other processes take to start."""


def score_run(
    run_dir: Path,
    settings: ComparisonSettings,
    *,
    catalog: Catalog | None = None,
    kinds: Mapping[str, str] | None = None,
    workers: Workers = 1,
    memory: float | None = None,
    progress: Progress | None = None,
) -> Mapping[str, int]:
    """Write all score tables of a run and what the checks of its models find; the number of rows of each table.

    ``kinds`` are those of models that the catalog may lack, such as a plug-in's that is not here.

    Nothing but the run's own files is read, and tables that were made from the same files, settings and code stay.
    ``workers`` score targets side by side where there are many files, no more of them than ``memory`` GiB hold. Raises RunError
    where predictions and rows contradict each other, and where a prediction file is not what the run wrote.
    """
    contract = run_contract(run_dir)
    files = [job.file(run_dir) for variant in FOLDERS for job in prediction_files(run_dir, variant)]
    check_checksums(run_dir, files)
    kinds = {**(kinds or {}), **{info.name: info.kind for info in (catalog or InstalledModels()).available()}}
    paths = {table.name: run_dir / f"{table.name}.parquet" for table in TABLES}
    digest = inputs_digest(run_dir, files, settings, kinds)
    n_rows = recall(run_dir, digest, paths.values())
    if n_rows is None:
        rows = _all_rows(run_dir, settings, kinds, workers, memory=memory, progress=progress)
        for table in TABLES:
            write_parquet(paths[table.name], as_table(rows[table.name], table))
        n_rows = {table.name: len(rows[table.name]) for table in TABLES}
        keep(run_dir, digest, {paths[name]: count for name, count in n_rows.items()})
    findings = check_models(evidence_of(run_dir, kinds, contract))
    write_json(RunFolder(run_dir).model_checks, as_json(findings))
    return n_rows


def _all_rows(
    run_dir: Path,
    settings: ComparisonSettings,
    kinds: Mapping[str, str],
    workers: Workers,
    *,
    memory: float | None,
    progress: Progress | None,
) -> Mapping[str, list[Row]]:
    """The rows of all tables."""
    jobs, contract = prediction_files(run_dir), run_contract(run_dir)
    trivial, networks = (frozenset(name for name in kinds if kinds[name] == kind) for kind in ("trivial", "network"))
    targets = [target.name for target in contract.targets if any(job.target == target.name for job in jobs)]
    tasks = [TargetTask(run_dir, settings, trivial, target) for target in targets]
    if len(jobs) < _WORTH_STARTING:
        workers = 1
    else:
        data = load_data(run_dir)
        workers = limit_workers(
            workers, len(tasks), n_rows=len(data.cells), n_columns=data.volumes.shape[1], budget_gib=memory
        )
    rows: dict[str, list[Row]] = defaultdict(list)
    scored: dict[tuple[str, str], Scored] = defaultdict(dict)
    shared: dict[tuple[str, str], Shared] = defaultdict(dict)
    added: list[Additions] = []
    for part in parallel_map(score_target, tasks, workers=workers, progress=progress):
        for name, own in part.rows.items():
            rows[name] += own
        added += part.additions
        for key, known in part.scored.items():
            scored[key] = {**scored[key], **known}
        for key, narrowed in part.shared.items():
            shared[key] = {**shared[key], **narrowed}
    for (regime, metric), known in scored.items():
        rows["overall"] += overall_rows(regime, metric, known, contract)
        rows["overall_differences"] += overall_difference_rows(
            regime, metric, known, shared[regime, metric], networks, contract=contract
        )
    rows["image_adds"] += image_rows(added, settings.seed)
    rows["differences"] = [*decide(rows["differences"])]
    rows["letters"] = [*letter_rows(rows["differences"], rows["scores"])]
    return rows


def as_table(rows: Sequence[Row], schema: TableSchema) -> pa.Table:
    """Rows of a result table in the columns and types that it declares."""
    frame = pd.DataFrame(list(rows), columns=list(schema.names))
    return pa.Table.from_pandas(
        frame,
        schema=pa.schema(
            [(field.name, field.kind if field.kind != "float64" else pa.float64()) for field in schema.fields]
        ),
        preserve_index=False,
    )
