"""A model that looks for its own settings before each fit, on nested folds of the rows it is fitted on.

The outer test rows take no part: a trial is scored on parts of the training fold that are new to it in
the way of the regime. The model's own settings are the first trial, so the settings taken are never
worse than those on the nested folds. Samples come from Optuna's tree-structured Parzen estimator
(Bergstra et al. 2011, Advances in Neural Information Processing Systems 24) seeded by the seed of the fit and the number of
the trial, so that a search that was stopped goes on as if it had not been.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from ...errors import MissingExtraError, ModelError
from ...models.base import FitContext, Fitted, Model, ModelInfo, Prediction, Rows, TrainingData
from ...models.shared.checks import checked_target, checked_weight
from ...models.shared.nested import NestedFolds, nested_by_volume
from ...models.shared.nested_fits import NestedFits
from ...models.shared.space import SearchRange, space_of
from ..runs.atomic import write_json
from ..settings import TuningSettings

log = logging.getLogger(__name__)

Values = Mapping[str, float]
_FIRST_UNPRUNED = 4
"""Trials before any is measured against the median of those before it."""
_FIRST_AT_RANDOM = 8
"""Trials before the estimator has enough to go by."""


@dataclass(frozen=True)
class Trial:
    """Settings that were tried: the mean squared error over the nested folds so far, after each of them."""

    values: Values
    errors: tuple[float, ...]
    state: Literal["complete", "pruned", "failed"]
    seconds: float


def tuned(model: Model, settings: TuningSettings, folder: Path | None = None) -> Model:
    """The model with its search in front of every fit; itself where it declares no search space."""
    return Tuned(model, settings, folder) if space_of(model) else model


@dataclass(frozen=True, eq=False)
class FittedTuned:
    """A fitted model with the settings it was fitted with; it answers, is saved and is loaded as the model itself is."""

    fitted: Fitted
    best: Values
    n_trials: int

    @property
    def diagnostics(self) -> Mapping[str, float]:
        """The settings that were found, for the record of a run."""
        return {"trials": float(self.n_trials), **{f"tuned {name}": value for name, value in self.best.items()}}

    def predict(self, rows: Rows) -> Prediction:
        """Do as the model itself does."""
        return self.fitted.predict(rows)

    def save(self, folder: Path) -> None:
        """Save as the model itself does, which loads it."""
        self.fitted.save(folder)

    def __getattr__(self, name: str) -> Any:
        # Optional reports of a model (contributions, its device) are those of the tuned one too.
        return getattr(self.fitted, name)


@dataclass(frozen=True, eq=False)
class Tuned:
    """A model and the search for its settings. ``folder`` keeps the trials of each fit by its inputs."""

    model: Model
    settings: TuningSettings
    folder: Path | None = None

    @property
    def info(self) -> ModelInfo:
        """The model's own, but that it cuts its validation parts itself."""
        return replace(self.model.info, nested_folds=True, early_stopping_rows=False)

    @property
    def fitted(self) -> type[Fitted]:
        """The model's own."""
        return self.model.fitted

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> Fitted:  # noqa: ARG002
        """Search, then fit on all rows with the settings that erred least on the nested folds.

        Raises MissingExtraError without Optuna and what the model itself raises with its own settings.
        """
        checked_target(train)
        checked_weight(train.rows, train.weight)
        nested = context.nested or nested_by_volume(train.rows.volume, context.seed)
        fits = NestedFits(train, context)
        search = _Search(
            self.model,
            self.settings,
            context.seed,
            errors=lambda model: _errors(model, fits, nested),
            file=self._file(fits, nested),
        )
        trials = search.run() if nested.folds else ()
        complete = [trial for trial in trials if trial.state == "complete"]
        best = min(complete, key=lambda trial: trial.errors[-1]).values if complete else {}
        fitted = fits.fit(_with(self.model, best), nested.whole)
        return cast("Fitted", FittedTuned(fitted, best, len(trials)))

    def _file(self, fits: NestedFits, nested: NestedFolds) -> Path | None:
        """Named by all that the trials depend on, so that a file serves this fit and no other."""
        if self.folder is None:
            return None
        train, context = fits.train, fits.context
        how = {"seed": context.seed, "threads": context.threads, "device": context.device}
        state = hashlib.sha256(repr((self.model, space_of(self.model), self.settings.pruning, how)).encode())
        state.update("|".join(train.rows.columns.names).encode())
        arrays = [train.rows.volume, train.rows.design, train.y]
        arrays += [part for fold in nested.folds for part in (fold.fit, fold.valid, fold.test)]
        for array in (*arrays, *([] if train.weight is None else [train.weight])):
            state.update(np.ascontiguousarray(array).tobytes())
        return self.folder / self.model.info.name / f"{state.hexdigest()[:32]}.json"


@dataclass(frozen=True)
class _Search:
    """The trials of one fit. ``errors`` yields the error of a model after each nested fold."""

    model: Model
    settings: TuningSettings
    seed: int
    errors: Callable[[Model], Any]
    file: Path | None

    def run(self) -> tuple[Trial, ...]:
        """All trials that the budget allows, those of an earlier run first."""
        optuna = _library()
        knobs = space_of(self.model)
        trials = list(_read(self.file))
        study = optuna.create_study(
            direction="minimize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_FIRST_UNPRUNED)
            if self.settings.pruning
            else optuna.pruners.NopPruner(),
        )
        for trial in trials:
            study.add_trial(_frozen(optuna, trial, knobs))
        while not self._spent(trials):
            number = len(trials)
            seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])
            study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_FIRST_AT_RANDOM)
            if number == 0:
                study.enqueue_trial({knob.name: getattr(self.model, knob.name) for knob in knobs})
            trials.append(self._try(study, _distributions(optuna, knobs)))
            if self.file is not None:
                write_json(self.file, {"trials": [asdict(trial) for trial in trials]})
        return tuple(trials)

    def _spent(self, trials: list[Trial]) -> bool:
        count, seconds = self.settings.trials, self.settings.seconds
        if not trials:
            return False
        return (0 < count <= len(trials)) or (seconds is not None and sum(trial.seconds for trial in trials) >= seconds)

    def _try(self, study: Any, distributions: Mapping[str, Any]) -> Trial:
        """One trial; settings that the library cannot fit with are tried and no more."""
        asked, began = study.ask(dict(distributions)), time.perf_counter()
        errors: list[float] = []
        state: Literal["complete", "pruned", "failed"] = "complete"
        try:
            for error in self.errors(_with(self.model, asked.params)):
                errors.append(error)
                asked.report(error, len(errors) - 1)
                if asked.should_prune():
                    state = "pruned"
                    break
        except ModelError as error:
            if asked.number == 0:
                raise
            log.warning("%s with %s: %s", self.model.info.name, asked.params, error)
            state = "failed"
        states = _states(_library())
        study.tell(asked, errors[-1] if state == "complete" else None, state=states[state])
        return Trial(dict(asked.params), tuple(errors), state, time.perf_counter() - began)


def _errors(model: Model, fits: NestedFits, nested: NestedFolds) -> Any:
    """The mean squared error over the rows tested so far, after each nested fold."""
    squared, weight = 0.0, 0.0
    for fold in nested.folds:
        tested = fits.part(fold.test)
        error = fits.fit(model, fold).predict(tested.rows).y.astype(np.float64) - tested.y
        share = np.ones(len(error)) if tested.weight is None else tested.weight
        squared, weight = squared + float(share @ error**2), weight + float(share.sum())
        yield squared / weight


def _with(model: Model, values: Values) -> Model:
    """The model with some settings replaced."""
    return cast("Model", replace(cast("Any", model), **values))


def _read(file: Path | None) -> tuple[Trial, ...]:
    """The trials kept in a file; a file that cannot be read counts as none."""
    if file is None or not file.exists():
        return ()
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))["trials"]
        return tuple(Trial(**{**trial, "errors": tuple(trial["errors"])}) for trial in stored)
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("trials %s cannot be read, the search begins anew: %s", file, error)
        return ()


def _distributions(optuna: Any, knobs: tuple[SearchRange, ...]) -> dict[str, Any]:
    whole, real = optuna.distributions.IntDistribution, optuna.distributions.FloatDistribution
    return {
        knob.name: whole(int(knob.low), int(knob.high), log=knob.log)
        if knob.whole
        else real(knob.low, knob.high, log=knob.log)
        for knob in knobs
    }


def _frozen(optuna: Any, trial: Trial, knobs: tuple[SearchRange, ...]) -> Any:
    """A trial as the study itself would have kept it."""
    return optuna.trial.create_trial(
        state=_states(optuna)[trial.state],
        value=trial.errors[-1] if trial.errors and trial.state != "failed" else None,
        params=dict(trial.values),
        distributions=_distributions(optuna, knobs),
        intermediate_values=dict(enumerate(trial.errors)),
    )


def _states(optuna: Any) -> Mapping[str, Any]:
    known = optuna.trial.TrialState
    return {"complete": known.COMPLETE, "pruned": known.PRUNED, "failed": known.FAIL}


def _library() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("optuna", "tune", "tuning") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
