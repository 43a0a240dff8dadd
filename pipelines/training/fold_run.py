"""One model on one feature set, fold by fold: fit on the training part, predict the rest."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Ints
from ...errors import ModelError, PoregroveError
from ...models.base import Fitted, Prediction, Rows
from ..splits.splits import Fold
from .conformal_fits import Calibrator
from .fit import FitProcedure, FitRows, fold_seed
from .outcome import UNCLIPPED
from .target_results import Result, timed

log = logging.getLogger(__name__)

_COLUMNS = ("y_pred", "y_lo", "y_hi")
Columns = Mapping[str, NDArray[Any]]
"""Predictions of one target by the names of their columns."""


@dataclass(frozen=True, eq=False)
class FoldRun:
    """Context that the folds of some jobs share: the fit procedure, the rows of the table, the results by target."""

    procedure: FitProcedure
    rows: Rows
    results: Mapping[str, Result]
    label: str
    """Feature set and regime, for the log."""
    intervals: bool
    """Whether the predictions get conformal intervals."""

    def fold(self, fold: Fold) -> None:
        """Fit and predict every target that has not failed."""
        parts = self.procedure.split(fold.train, self._seed(fold))
        if self.procedure.model.info.multi_target:
            self._fit_all_targets(fold, parts)
            return
        made: list[tuple[Result, Ints, Columns]] = []
        shared: dict[bytes, tuple[FitRows, Rows]] = {}
        for result in self.results.values():
            if result.reason is None:
                test = fold.test[result.mask[fold.test]]
                if not len(test):
                    continue
                key = result.mask.tobytes()
                # Targets that are known for the same rows share them, and what a model makes of them.
                if key not in shared:
                    own = (index[result.mask[index]] for index in parts)
                    shared[key] = FitRows.taken(self.rows, *own), self.rows.take(test)
                try:
                    made.append((result, test, self._target(result, fold, test, *shared[key])))
                except PoregroveError as error:
                    self._fail(result, fold, error)
        # What intervals are fitted on may be as large again, so the first is freed before the second is made.
        shared.clear()
        self._store(fold, made)

    def _seed(self, fold: Fold) -> int:
        return fold_seed(self.procedure.settings.seed, fold)

    def _target(self, result: Result, fold: Fold, test: Ints, fitted_on: FitRows, test_rows: Rows) -> Columns:
        """Fit one target and predict its test rows."""
        if not len(fitted_on.fit):
            raise ModelError("no training row has a value of the target")
        prediction = _empty(len(test), self._names)
        prediction["y_pred"][:] = result.y[fitted_on.fit].mean()
        known = self._ids_seen_in_training(fitted_on.fit, test)
        if known.any():
            with timed([result], "fit"):
                fitted = self.procedure.fit(fitted_on, result.name, self._seed(fold))
            with timed([result], "predict"):
                answer = self.procedure.predict(fitted, test_rows if known.all() else test_rows.take(known))
            result.count(fitted, len(fitted_on), answer)
            result.trained(fitted)
            for name, values in _columns(answer, self._names):
                prediction[name][known] = values
        return prediction

    @property
    def _names(self) -> tuple[str, ...]:
        """Columns of a prediction; what it was before it was clipped is kept where extremes are tested."""
        regime = self.procedure.regime
        return (*_COLUMNS, UNCLIPPED) if regime is not None and regime.startswith("ood-") else _COLUMNS

    def _fit_all_targets(self, fold: Fold, parts: tuple[Ints, Ints, Ints]) -> None:
        """One fit on all targets that training knows, whatever became of them in other folds; each takes its column."""
        if all(result.reason is not None for result in self.results.values()):
            return
        learned = [result for result in self.results.values() if result.mask[parts[0]].any()]
        for result in self.results.values():
            if result not in learned:
                self._fail(result, fold, ModelError("no training row has a value of the target"))
        if not learned:
            return
        known = np.logical_or.reduce([result.mask for result in learned])
        *parts_known, test = (index[known[index]] for index in (*parts, fold.test))
        if not len(test):
            return
        fitted_on = FitRows.taken(self.rows, *parts_known)
        try:
            with timed(learned, "fit"):
                fitted = self.procedure.fit_all(fitted_on, [result.name for result in learned], self._seed(fold))
            with timed(learned, "predict"):
                answer = fitted.predict(self.rows.take(test))
        except PoregroveError as error:
            for result in learned:
                self._fail(result, fold, error)
            return
        learned[0].trained(fitted)
        for number, result in enumerate(learned):
            if (rows := result.mask[test]).any():
                own = Prediction(
                    answer.y[rows, number],
                    *(
                        part if part is None else part[rows, number]
                        for part in (answer.lo, answer.hi, answer.unclipped)
                    ),
                )
                self._column(result, fold, test[rows], fitted=fitted, n_fit=len(fitted_on), answer=own)

    def _column(
        self, result: Result, fold: Fold, test: Ints, *, fitted: Fitted, n_fit: int, answer: Prediction
    ) -> None:
        """Keep one target's column of a prediction that was made for several."""
        result.count(fitted, n_fit, answer)
        try:
            names = self._names
            result.add(fold, test, {**_empty(len(test), names), **dict(_columns(answer, names))})
        except ModelError as error:
            self._fail(result, fold, error)

    def _store(self, fold: Fold, made: Sequence[tuple[Result, Ints, Columns]]) -> None:
        """Give predictions of their test rows the intervals that were asked for, and keep them."""
        # In the first repeat alone, as intervals cost several fits.
        calibrate = self.intervals and not fold.repeat
        calibrator = Calibrator(self.procedure, self.rows, fold, self._seed(fold)) if calibrate else None
        for result, test, prediction in made:
            none = np.full(len(test), np.nan)
            kept = {**prediction, "y_lo": none, "y_hi": none} if self.intervals else prediction
            try:
                if calibrator is not None:
                    with timed([result], "intervals"):
                        kept = result.calibrated(calibrator.intervals(result.name), kept)
                result.add(fold, test, kept)
            except PoregroveError as error:
                self._fail(result, fold, error)

    def _fail(self, result: Result, fold: Fold, error: PoregroveError) -> None:
        reason = f"repeat {fold.repeat} fold {fold.fold}: {error}"
        result.reason = result.reason or reason
        name = self.procedure.model.info.name
        log.warning("%s on %s, %s: %s", name, result.name, self.label, reason)

    def _ids_seen_in_training(self, fit: Ints, test: Ints) -> NDArray[np.bool_]:
        """Test rows whose ids training has seen, for models that require it; the others get the mean of training."""
        known = np.ones(len(test), bool)
        for name in self.procedure.model.info.requires_seen_ids:
            ids: Ints = getattr(self.procedure.table, name)
            known &= np.isin(ids[test], ids[fit])
        return known


def _empty(n: int, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """The columns of a prediction of n rows, to be filled."""
    return {name: np.full(n, np.nan) for name in names}


def _columns(answer: Prediction, names: Sequence[str]) -> list[tuple[str, NDArray[np.float32]]]:
    """Arrays of a prediction, by the names of its columns."""
    parts = zip((*_COLUMNS, UNCLIPPED), (answer.y, answer.lo, answer.hi, answer.unclipped), strict=True)
    return [(name, values) for name, values in parts if values is not None and name in names]
