"""Refits of compared models: the same rows, folds and models, in the first repeat, for the studies to change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from ...array_types import Ints
from ...errors import ModelError
from ...models.base import Fitted, Model, Rows
from ...schema import Scale
from ..scoring.baseline import baseline
from ..scoring.losses import LossTable, loss_table, prediction_files, scored_rows
from ..scoring.target_scores import draws_of
from ..splits.splits import Fold
from ..tables.arrays import Data, Table
from ..tables.feature_sets import feature_rows
from ..tables.run_tables import load_data
from ..training.fit import FitProcedure, FitRows, fold_seed
from ..training.job_folds import fold_regime, job_folds
from ..training.predictions import Predictions, read_predictions
from ..training.size_rules import rows_of, studied_folds
from ..training.target_results import Result
from .jobs import StudyTask

FIRST_REPEAT = 0


@dataclass(frozen=True, eq=False)
class FoldFit:
    """A model fitted on one fold, and the positions of the rows that it can be tested on."""

    fold: Fold
    fitted: Fitted
    test: Ints
    n_fit: int


@dataclass(frozen=True, eq=False)
class StudyContext:
    """One model on one feature set, target and regime, with the folds that it was compared on."""

    task: StudyTask
    data: Data
    table: Table
    rows: Rows
    model: Model
    folds: tuple[Fold, ...]

    @classmethod
    def of(cls, task: StudyTask) -> StudyContext:
        """The context of a job.

        ModelError where its regime is undefined on the data, or where the comparison fitted the model
        on several targets at once, which a study of one target cannot take apart.
        """
        data = load_data(task.run_dir)
        job = task.job.compared
        model = task.catalog.create(job.model)
        if model.info.multi_target:
            raise ModelError(f"{model.info.label} learns all targets at once: no study of a single one")
        folds, reason = job_folds(job, data, task.comparison)
        if reason is not None:
            raise ModelError(reason)
        first = (fold for fold in folds if fold.repeat == FIRST_REPEAT)
        most = studied_folds(task.comparison, rows_of(data), task.settings.folds)
        return cls(
            task,
            data,
            data.table(job.target),
            feature_rows(job.features, data.table(job.target), data, task.feature_sources),
            model,
            tuple(islice(first, most)),
        )

    @property
    def scale(self) -> Scale:
        """Scale on which the target is learned and headlined."""
        return self.data.contract.target(self.task.job.target).scale

    @property
    def procedure(self) -> FitProcedure:
        """The fit procedure of the comparison."""
        task, regime = self.task, fold_regime(self.task.job.compared, self.data.contract)
        return FitProcedure(self.model, self.table, regime, task.comparison, task.device, task.threads)

    def result(self) -> Result:
        """An empty collection of predictions of the target."""
        return Result(self.task.job.target, self.table)

    def fit(self, fold: Fold, rows: Rows, result: Result) -> FoldFit:
        """Fit on a fold as the comparison does; ModelError where it cannot be fitted."""
        seed = fold_seed(self.task.comparison.seed, fold)
        parts = self.procedure.split(fold.train, seed)
        *known, test = (index[result.mask[index]] for index in (*parts, fold.test))
        fitted_on = FitRows.taken(rows, *known)
        return FoldFit(fold, self.procedure.fit(fitted_on, result.name, seed), test, len(fitted_on))

    def predict(self, folds: Iterable[Fold], rows: Rows) -> tuple[Predictions, list[int]]:
        """Out-of-fold predictions from ``rows``, and how many rows each fit took."""
        result, sizes = self.result(), []
        for fold in folds:
            done = self.fit(fold, rows, result)
            sizes.append(done.n_fit)
            if len(done.test):
                nothing = np.full(len(done.test), np.nan)
                y = done.fitted.predict(rows.take(done.test)).y
                result.add(fold, done.test, {"y_pred": y, "y_lo": nothing, "y_hi": nothing})
        return {name: np.concatenate([part[name] for part in result.parts]) for name in result.parts[0]}, sizes

    def compared(self) -> Predictions:
        """Predictions of the comparison in the same folds, with all columns and all training rows."""
        return self._of_folds(read_predictions(self.task.job.compared.file(self.task.run_dir)))

    @property
    def trivial(self) -> frozenset[str]:
        """Names of the baselines that a skill is measured against."""
        return frozenset(info.name for info in self.task.catalog.available() if info.kind == "trivial")

    def panel(self, answers: Mapping[str, Predictions]) -> LossTable:
        """The named answers beside the trivial baselines of the regime, on the scale that is learned."""
        job, run_dir = self.task.job, self.task.run_dir
        baselines = [
            other
            for other in prediction_files(run_dir)
            if (other.target, other.regime) == (job.target, job.regime) and other.model in self.trivial
        ]
        trivial = {
            (other.model, other.features): self._of_folds(read_predictions(other.file(run_dir))) for other in baselines
        }
        read = [(name, "", name, found) for name, found in answers.items()]
        read += [(*key, key[0], found) for key, found in trivial.items()]
        draws, truth = draws_of(self.data, self.task.comparison), scored_rows(job.target, self.data)
        panel = loss_table(read, truth, job.regime, self.scale, draws)
        if not trivial:
            return panel
        return replace(panel, baseline=baseline(panel, trivial, trivial.__getitem__, truth, draws))

    def _of_folds(self, predictions: Predictions) -> Predictions:
        """The predictions in the folds of the study."""
        numbers = [fold.fold for fold in self.folds]
        own = (predictions["repeat"] == FIRST_REPEAT) & np.isin(predictions["fold"], numbers)
        return {name: values[own] for name, values in predictions.items()}
