"""Every score table of a run, from ``predictions/``, ``rows``, ``features`` and ``groups`` alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
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
    OWN,
    OWN_WITHOUT_IMAGE,
    RANKINGS,
    REGIME_BY_NAME,
    REGIMES,
    SCORES,
    SHARES,
    Scale,
    TableSchema,
)
from ..audit import as_json
from ..data.contract_file import run_contract
from ..execution.job_memory import limit_workers
from ..execution.parallel import Progress, Workers, parallel_map
from ..runs.atomic import write_json, write_parquet
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..tables.arrays import Data
from ..tables.run_tables import load_data
from ..training.job import FOLDERS, Catalog, InstalledModels, Job
from .bootstrap import Draws
from .choice import choice_rows
from .common_folds import CommonFolds, fold_ids_of
from .differences import decide, difference_rows
from .image_adds import Additions, additions, image_rows
from .interval_coverage import interval_rows
from .letters import letter_rows
from .losses import Key, LossTable, ScoredRows, panel, prediction_files, scored_rows
from .model_check import check_models, evidence_of
from .optimism_gap import gap_rows, strictest
from .overall import Scored, overall_rows
from .overall_differences import Shared, overall_difference_rows
from .ranking import ranking_rows
from .scores import Statistic, concordance_scores, measured_scores, panel_scores, r2, skill, unclipped_scores
from .variance_shares import variance_shares

Row = Mapping[str, Any]

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

    Nothing but the run's own files is read. ``workers`` score targets side by side where there are
    many files, no more of them than ``memory`` GiB hold. Raises RunError where predictions and rows
    contradict each other, and where a prediction file is not what the run wrote.
    """
    jobs, contract = prediction_files(run_dir), run_contract(run_dir)
    variants = (job for variant in FOLDERS for job in prediction_files(run_dir, variant))
    check_checksums(run_dir, (job.file(run_dir) for job in variants))
    kinds = {**(kinds or {}), **{info.name: info.kind for info in (catalog or InstalledModels()).available()}}
    trivial, networks = (frozenset(name for name in kinds if kinds[name] == kind) for kind in ("trivial", "network"))
    targets = [target.name for target in contract.targets if any(job.target == target.name for job in jobs)]
    tasks = [_TargetTask(run_dir, settings, trivial, target) for target in targets]
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
    for part in parallel_map(_score_target, tasks, workers=workers, progress=progress):
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
    for table in TABLES:
        write_parquet(run_dir / f"{table.name}.parquet", as_table(rows[table.name], table))
    findings = check_models(evidence_of(run_dir, kinds, contract))
    write_json(RunFolder(run_dir).model_checks, as_json(findings))
    return {table.name: len(rows[table.name]) for table in TABLES}


@dataclass(frozen=True)
class _TargetTask:
    """One target to score, in this process or another."""

    run_dir: Path
    settings: ComparisonSettings
    trivial: frozenset[str]
    target: str


@dataclass(frozen=True)
class _TargetScores:
    """Rows of the tables that one target fills, and what the others are made from."""

    rows: Mapping[str, list[Row]]
    additions: list[Additions]
    scored: Mapping[tuple[str, str], Scored]
    shared: Mapping[tuple[str, str], Shared]


def _score_target(task: _TargetTask) -> _TargetScores:
    data = load_data(task.run_dir)
    scoring = _Scoring(task.run_dir, data, draws_of(data, task.settings), task.trivial)
    scoring.target(task.target)
    return _TargetScores(scoring.rows, scoring.additions, scoring.scored, scoring.shared)


class _Scoring:
    """The rows of all tables that one target gives."""

    def __init__(self, run_dir: Path, data: Data, draws: Draws, trivial: frozenset[str]) -> None:
        self.run_dir, self.data, self.draws, self.trivial = run_dir, data, draws, trivial
        self.jobs = prediction_files(run_dir)
        self.cut = prediction_files(run_dir, "equal-size")
        self.unclipped = prediction_files(run_dir, "unclipped")
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.additions: list[Additions] = []
        self.scored: dict[tuple[str, str], dict[tuple[str, Key], tuple[Statistic, int]]] = defaultdict(dict)
        self.shared: dict[tuple[str, str], dict[tuple[str, Key], Scored]] = defaultdict(dict)

    def target(self, name: str) -> None:
        """All tables' rows of one target."""
        truth = scored_rows(name, self.data)
        jobs = {item.name: _of(self.jobs, name, item.name) for item in REGIMES}
        jobs = {regime: found for regime, found in jobs.items() if found}
        fold_ids = {regime: fold_ids_of(self.run_dir, found) for regime, found in jobs.items()}
        target = self.data.contract.target(name)
        headline, *_ = target.scales
        for scale in target.scales:
            panels = {
                regime: CommonFolds(self.run_dir, found, truth, scale, self.draws, trivial=self.trivial)
                for regime, found in fold_ids.items()
            }
            for regime, common in panels.items():
                self._scores(jobs[regime], truth, common.whole, tuple(common.whole.models))
                for key in common.partial:
                    self._scores(jobs[regime], truth, common.of(key) or common.whole, (key,))
                self._image(common)
                self.rows["choices"] += choice_rows(common.whole, self.trivial)
                if scale == headline:
                    for item, pairs in common.pairs():
                        self.rows["differences"] += difference_rows(item, pairs)
                    self._remember(common)
            if not target.volume_only:
                self._gaps(truth, {regime: common.whole for regime, common in panels.items()})
                self._partial_gaps(truth, scale, panels)
        self.rows["intervals"] += interval_rows(self.run_dir, _of(self.jobs, name), truth)
        if not target.volume_only and len(truth.y):
            shares = variance_shares(truth.y, truth.volume_group, truth.design_group)
            self.rows["shares"] += [{"target": name, "part": part, "share": share} for part, share in shares.items()]

    def _scores(self, jobs: Sequence[Job], truth: ScoredRows, item: LossTable, keys: tuple[Key, ...]) -> None:
        """Scores of ``keys`` on the rows and folds of a panel."""
        own = tuple(job for job in jobs if (job.model, job.features) in keys)
        self.rows["scores"] += panel_scores(item, keys)
        self.rows["scores"] += measured_scores(self.run_dir, own, truth, item, self.draws)
        before = tuple(
            job for job in _of(self.unclipped, truth.target, item.regime) if (job.model, job.features) in keys
        )
        self.rows["scores"] += unclipped_scores(self.run_dir, before, truth, item, self.draws)
        if item.scale == self.data.contract.target(truth.target).scale:
            self.rows["scores"] += concordance_scores(self.run_dir, own, truth, item, self.draws)

    def _image(self, common: CommonFolds) -> None:
        self.additions.append(additions(common.whole, tuple(common.whole.models)))
        for model in dict.fromkeys(model for model, _ in common.partial):
            pair = (model, OWN), (model, OWN_WITHOUT_IMAGE)
            if all(key in common.fold_ids for key in pair) and (item := common.of(*pair)) is not None:
                self.additions.append(additions(item, pair))

    def _remember(self, common: CommonFolds) -> None:
        for key in common.whole.models:
            for metric, found in self._statistics(common.whole, key):
                self.scored[common.whole.regime, metric][common.whole.target, key] = found
        for key in common.partial:
            item = common.of(key) or common.whole
            known: dict[str, dict[tuple[str, Key], tuple[Statistic, int]]] = defaultdict(dict)
            for other in item.models:
                for metric, found in self._statistics(item, other):
                    known[metric][item.target, other] = found
            for metric, scores in known.items():
                self.scored[item.regime, metric][item.target, key] = scores[item.target, key]
                self.shared[item.regime, metric][item.target, key] = scores

    def _statistics(self, item: LossTable, key: Key) -> Iterator[tuple[str, tuple[Statistic, int]]]:
        losses = item.models[key]
        for metric, score in (("r2", r2(item, losses)), ("skill", skill(item, losses))):
            # Draws of every model and target are kept until the end, so they are kept short.
            short = Statistic(score.value, score.draws.astype(np.float32))
            yield metric, (short, item.cells.degrees_of_freedom)

    def _gaps(self, truth: ScoredRows, panels: Mapping[str, LossTable]) -> None:
        regime = strictest(list(panels))
        if regime is None or "random" not in panels:
            return
        random, honest = panels["random"], panels[regime]
        jobs = _of(self.jobs, truth.target, "random")
        common = random.tested & honest.tested
        if not np.array_equal(random.tested, honest.tested):
            random = panel(self.run_dir, jobs, truth, random.scale, self.draws, only=common)
            honest_jobs = _of(self.jobs, truth.target, regime)
            honest = panel(self.run_dir, honest_jobs, truth, honest.scale, self.draws, only=common)
        self.rows["gaps"] += gap_rows(random, honest, "as-is")
        self.rows["rankings"] += ranking_rows(random, honest, self.trivial)
        if regime == "new-both" and (cut := _of(self.cut, truth.target, "random")):
            equal = panel(self.run_dir, cut, truth, random.scale, self.draws, only=common)
            self.rows["gaps"] += gap_rows(equal, honest, "equal-size")

    def _partial_gaps(self, truth: ScoredRows, scale: Scale, panels: Mapping[str, CommonFolds]) -> None:
        """Gaps of entries and networks that lack folds, or the regime to which the gaps of the others are measured."""
        regimes = [name for name in panels if name in REGIME_BY_NAME]
        usual = strictest(regimes)
        keys = dict.fromkeys(
            key
            for common in panels.values()
            for key in common.fold_ids
            if key[1] in (OWN, OWN_WITHOUT_IMAGE) or key in common.partial
        )
        for key in keys:
            own = strictest([name for name in regimes if key in panels[name].fold_ids])
            if own is None or "random" not in panels or key not in panels["random"].fold_ids:
                continue
            if own == usual and not any(key in panels[name].partial for name in ("random", own)):
                continue
            sides = [_of_key(_of(self.jobs, truth.target, name), key) for name in ("random", own)]
            random, honest = (panel(self.run_dir, jobs, truth, scale, self.draws) for jobs in sides)
            common = random.tested & honest.tested
            if common.any():
                random, honest = (panel(self.run_dir, jobs, truth, scale, self.draws, only=common) for jobs in sides)
                self.rows["gaps"] += gap_rows(random, honest, "as-is")
                if own == "new-both" and (cut := _of_key(_of(self.cut, truth.target, "random"), key)):
                    equal = panel(self.run_dir, cut, truth, scale, self.draws, only=common)
                    self.rows["gaps"] += gap_rows(equal, honest, "equal-size")


def _of_key(jobs: Sequence[Job], key: Key) -> tuple[Job, ...]:
    return tuple(job for job in jobs if (job.model, job.features) == key)


def _of(jobs: Sequence[Job], target: str, regime: str | None = None) -> tuple[Job, ...]:
    return tuple(job for job in jobs if job.target == target and regime in (None, job.regime))


def draws_of(data: Data, settings: ComparisonSettings) -> Draws:
    """The bootstrap draws of a run: the same for all its tables."""
    tables = (data.cells, data.distinct)
    return Draws(
        count=settings.bootstrap,
        n_volumes=max((int(table.volume_group.max(initial=0)) for table in tables), default=0) + 1,
        n_designs=int(data.cells.design_group.max(initial=0)) + 1,
        seed=settings.seed,
    )


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
