"""What the fits of a study share: rows, folds and models as the comparison had them, in its first repeat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import ModelError
from ...models.base import Fitted, Model, Rows
from ...schema import TARGET_BY_NAME, Scale
from ..scoring.losses import Panel, panel_of, prediction_files, truth_of
from ..scoring.score import draws_of
from ..splits.nested import validation_split
from ..splits.splits import Fold, Ints
from ..tables.arrays import Data, Table
from ..tables.feature_sets import feature_rows
from ..training.censoring import labels
from ..training.fit_job import fold_seed, load_data, threads_worth
from ..training.job_folds import fold_regime, job_folds
from ..training.predictions import Predictions, read_predictions
from ..training.target_results import Result
from .jobs import StudyTask

FIRST_REPEAT = 0


@dataclass(frozen=True, eq=False)
class Trial:
    """A model fitted on one fold, and the positions of the rows that it can be tested on."""

    fold: Fold
    fitted: Fitted
    test: Ints
    n_fit: int


@dataclass(frozen=True, eq=False)
class Ground:
    """One model on one feature set, target and regime."""

    task: StudyTask
    data: Data
    table: Table
    rows: Rows
    model: Model
    folds: tuple[Fold, ...]

    @classmethod
    def of(cls, task: StudyTask) -> Ground:
        """The ground of a job.

        ModelError where its regime is undefined on the data, or where the comparison fitted the model
        on several targets at once, which a study of one target cannot take apart.
        """
        data = load_data(task.run_dir)
        job = task.job.compared
        model = task.catalog.create(job.model)
        if model.info.multi:
            raise ModelError(f"{model.info.label} learns all targets at once: no study of a single one")
        folds, reason = job_folds(job, data, task.comparison)
        if reason is not None:
            raise ModelError(reason)
        return cls(
            task,
            data,
            data.table(job.target),
            feature_rows(job.features, data.table(job.target), data, task.made_from),
            model,
            tuple(fold for fold in folds if fold.repeat == FIRST_REPEAT),
        )

    @property
    def scale(self) -> Scale:
        """On which the target is learned and headlined."""
        return TARGET_BY_NAME[self.task.job.target].scale

    def result(self) -> Result:
        """Where predictions of the target are gathered."""
        return Result(self.task.job.target, self.table)

    def fit(self, fold: Fold, rows: Rows, result: Result) -> Trial:
        """Fit on a fold as the comparison does; ModelError where it cannot be fitted."""
        info, settings = self.model.info, self.task.comparison
        fit, valid = fold.train, fold.train[:0]
        seed = fold_seed(settings.seed, fold)
        if info.validates:
            fit, valid = validation_split(
                fold_regime(self.task.job.compared),
                self.table.volume_group[fold.train],
                self.table.design_group[fold.train],
                share=settings.validation_share,
                seed=seed,
            )
            fit, valid = fold.train[fit], fold.train[valid]
        fit, valid, test = (index[result.mask[index]] for index in (fit, valid, fold.test))
        if not len(fit):
            raise ModelError("no training row has a value of the target")
        y = result.y
        target, y_valid, bounds = labels(info, result.name, self.table, y, fit=fit, valid=valid)
        fitted = self.model.fit(
            rows.take(fit),
            target,
            rows.take(valid) if len(valid) else None,
            y_valid,
            **bounds,
            seed=seed,
            threads=threads_worth(len(fit), self.task.threads),
            device=self.task.device,
        )
        return Trial(fold, fitted, test, len(fit) + len(valid))

    def predict(self, folds: Iterable[Fold], rows: Rows) -> tuple[Predictions, list[int]]:
        """Out-of-fold predictions from ``rows``, and how many rows each fit took."""
        result, sizes = self.result(), []
        for fold in folds:
            trial = self.fit(fold, rows, result)
            sizes.append(trial.n_fit)
            if len(trial.test):
                nothing = np.full(len(trial.test), np.nan)
                y = trial.fitted.predict(rows.take(trial.test)).y
                result.add(fold, trial.test, {"y_pred": y, "y_lo": nothing, "y_hi": nothing})
        return {name: np.concatenate([part[name] for part in result.parts]) for name in result.parts[0]}, sizes

    def compared(self) -> Predictions:
        """What the comparison predicted with all columns and all training rows."""
        return _first(read_predictions(self.task.job.compared.file(self.task.run_dir)))

    @property
    def trivial(self) -> frozenset[str]:
        """Names of the baselines that a skill is measured against."""
        return frozenset(info.name for info in self.task.catalog.available() if info.kind == "trivial")

    def panel(self, answers: Mapping[str, Predictions]) -> Panel:
        """The named answers beside the trivial baselines of the regime, on the scale that is learned."""
        job, run_dir = self.task.job, self.task.run_dir
        baselines = [
            other
            for other in prediction_files(run_dir)
            if (other.target, other.regime) == (job.target, job.regime) and other.model in self.trivial
        ]
        read = [(name, "", name, found) for name, found in answers.items()]
        read += [
            (other.model, other.features, other.model, _first(read_predictions(other.file(run_dir))))
            for other in baselines
        ]
        draws = draws_of(self.data, self.task.comparison)
        return panel_of(read, truth_of(job.target, self.data), job.regime, self.scale, draws)


def _first(predictions: Predictions) -> Predictions:
    """The predictions of the first repeat."""
    one = predictions["repeat"] == FIRST_REPEAT
    return {name: values[one] for name, values in predictions.items()}
