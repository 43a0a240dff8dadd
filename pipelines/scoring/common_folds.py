"""Panels of the folds that jobs share: an entry, or a network, may have some of a run's folds, and is compared on those alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import combinations
from pathlib import Path

from ...schema import FEATURE_SET_BY_NAME, Scale
from ..training.job import Job
from ..training.predictions import Predictions, read_predictions
from .baseline import baseline
from .bootstrap import Draws
from .losses import FoldIds, Key, LossTable, ScoredRows, fold_ids_in, panel


def fold_ids_of(run_dir: Path, jobs: tuple[Job, ...]) -> Mapping[Job, FoldIds]:
    """The (repeat, fold) pairs of each job of one target and regime; one job of a model of the package speaks for its others."""
    found: dict[Job, FoldIds] = {}
    of_model: dict[str, FoldIds] = {}
    for job in jobs:
        entered = FEATURE_SET_BY_NAME[job.features].entered
        if entered or job.model not in of_model:
            of_model[job.model] = fold_ids_in(read_predictions(job.file(run_dir)))
        found[job] = of_model[job.model]
    return found


class CommonFolds:
    """The panels of one target under one regime on one scale, by the folds that jobs share; each made once.

    ``trivial`` are the models of which the baseline is chosen.
    """

    def __init__(
        self,
        run_dir: Path,
        jobs: Mapping[Job, FoldIds],
        truth: ScoredRows,
        scale: Scale,
        draws: Draws,
        *,
        trivial: frozenset[str],
    ) -> None:
        self._trivial = trivial
        self.fold_ids = {(job.model, job.features): fold_ids for job, fold_ids in jobs.items()}
        self._jobs = {(job.model, job.features): job for job in jobs}
        self._run_dir, self._truth, self._scale, self._draws = run_dir, truth, scale, draws
        self._made: dict[FoldIds, LossTable] = {}
        self.whole = self._panel(max(jobs.values(), key=len))
        """The panel of all jobs that have all folds."""

    @property
    def partial(self) -> tuple[Key, ...]:
        """Jobs that have only some of the folds."""
        return tuple(key for key in self.fold_ids if key not in self.whole.models)

    def of(self, *keys: Key) -> LossTable | None:
        """The panel on the folds that all of ``keys`` have, with every job that has them too; None where there is none."""
        shared = reduce(frozenset.intersection, (self.fold_ids[key] for key in keys))
        return self._panel(shared) if shared else None

    def pairs(self) -> Iterator[tuple[LossTable, tuple[tuple[Key, Key], ...]]]:
        """Every pair of jobs once, with the panel of the folds they share."""
        yield self.whole, tuple(combinations(self.whole.models, 2))
        partial = self.partial
        for number, one in enumerate(partial):
            for other in (*self.whole.models, *partial[number + 1 :]):
                if (found := self.of(one, other)) is not None:
                    yield found, ((one, other),)

    def _read(self, key: Key) -> Predictions:
        return read_predictions(self._jobs[key].file(self._run_dir))

    def _panel(self, fold_ids: FoldIds) -> LossTable:
        if fold_ids not in self._made:
            jobs = tuple(job for key, job in self._jobs.items() if self.fold_ids[key] >= fold_ids)
            found = panel(self._run_dir, jobs, self._truth, self._scale, self._draws, fold_ids=fold_ids)
            if trivial := [key for key in found.models if key[0] in self._trivial]:
                found = replace(found, baseline=baseline(found, trivial, self._read, self._truth, self._draws))
            self._made[fold_ids] = found
        return self._made[fold_ids]
