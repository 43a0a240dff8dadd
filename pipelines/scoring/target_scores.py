"""The rows of all score tables that one target gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...schema import (
    OWN,
    OWN_WITHOUT_IMAGE,
    REGIME_BY_NAME,
    REGIMES,
    Scale,
)
from ..settings import ComparisonSettings
from ..tables.arrays import Data
from ..tables.run_tables import load_data
from ..training.job import Job
from .bootstrap import Draws
from .choice import choice_rows
from .common_folds import CommonFolds, fold_ids_of
from .differences import difference_rows
from .image_adds import Additions, additions
from .interval_coverage import interval_rows
from .losses import Key, LossTable, ScoredRows, panel, prediction_files, scored_rows
from .optimism_gap import gap_rows, strictest
from .overall import Scored
from .overall_differences import Shared
from .ranking import ranking_rows
from .scores import Statistic, concordance_scores, measured_scores, panel_scores, r2, skill, unclipped_scores
from .variance_shares import variance_shares

Row = Mapping[str, Any]


@dataclass(frozen=True)
class TargetTask:
    """One target to score, in this process or another."""

    run_dir: Path
    settings: ComparisonSettings
    trivial: frozenset[str]
    target: str


@dataclass(frozen=True)
class TargetScores:
    """Rows of the tables that one target fills, and what the others are made from."""

    rows: Mapping[str, list[Row]]
    additions: list[Additions]
    scored: Mapping[tuple[str, str], Scored]
    shared: Mapping[tuple[str, str], Shared]


def score_target(task: TargetTask) -> TargetScores:
    """Score one target; RunError where its predictions and rows contradict each other."""
    data = load_data(task.run_dir)
    scoring = _Scoring(task.run_dir, data, draws_of(data, task.settings), task.trivial)
    scoring.target(task.target)
    return TargetScores(scoring.rows, scoring.additions, scoring.scored, scoring.shared)


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
