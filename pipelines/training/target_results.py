"""Results for one target that accumulate while folds run, until they are written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats, Ints
from ...errors import ModelError
from ...models.base import Fitted, Prediction
from ...models.shared.fit_reports import ReportsCourse, ReportsDiagnostics, ReportsTimeLimit, device_of
from ..splits.splits import Fold
from ..tables.arrays import LIFE, Table
from ..tables.target_scale import from_scale
from .conformal_fits import Intervals
from .fit import known, learned
from .outcome import CalibratedFold, Outcome


@dataclass(eq=False)
class Result(Outcome):
    """Outcome of one target while its folds run, beside the table they are cut from."""

    name: str
    table: Table

    def __post_init__(self) -> None:
        self.scale = self.table.contract.target(self.name).scale
        self.mask = known(self.table, self.name)

    @property
    def y(self) -> Floats:
        """float64[n]: the target of all rows of the table on its learned scale."""
        return learned(self.table, self.name)

    def calibrated(self, found: Intervals, prediction: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """A prediction with bounds, which hold its own values too; their origin is kept for ``calibration``."""
        self.calibrations.append(CalibratedFold(found.method, found.reason, found.n_calibration))
        y = prediction["y_pred"]
        return {**prediction, "y_lo": np.minimum(found.lo, y), "y_hi": np.maximum(found.hi, y)}

    def count(self, fitted: Fitted, n_fit: int, answer: Prediction) -> None:
        """Record the reports of a fit and its prediction, and the numbers of rows fitted and predicted."""
        self.n_fits += 1
        self.n_rows_fit += n_fit
        self.n_known += len(answer.y)
        self.devices.add(device_of(fitted))
        told = dict(fitted.diagnostics) if isinstance(fitted, ReportsDiagnostics) else {}
        if answer.unclipped is not None and len(answer.y):
            told["share clipped"] = float(np.mean(answer.unclipped != answer.y))
        if told:
            self.diagnostics.append(told)
        if isinstance(fitted, ReportsTimeLimit) and fitted.truncated is not None:
            self.truncated.append(fitted.truncated)

    def trained(self, fitted: Fitted) -> None:
        """Keep the course of a training, where the model reports one."""
        if isinstance(fitted, ReportsCourse) and len(fitted.course):
            self.courses.append(fitted.course)

    def add(self, fold: Fold, test: Ints, prediction: Mapping[str, NDArray[Any]]) -> None:
        """Keep predictions of the rows at ``test``, given on the learned scale; ModelError where one is not finite."""
        self.parts.append(
            {
                "row": self.table.row[test],
                "fold": np.full(len(test), fold.fold),
                "repeat": np.full(len(test), fold.repeat),
                **{name: self._raw(values) for name, values in prediction.items()},
            }
        )
        if not np.isfinite(self.parts[-1]["y_pred"]).all():
            raise ModelError("a prediction is not a finite number")

    def _raw(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Predictions on the raw scale, lives within their bounds; in float64 for every model, so that bits agree."""
        raw = from_scale(values.astype(np.float64), self.scale)
        if self.name == LIFE:
            raw = np.clip(raw, *self.table.life_bounds)
        with np.errstate(over="ignore"):
            return raw.astype(np.float32)


@contextmanager
def timed(results: Sequence[Result], stage: str) -> Iterator[None]:
    """Charge the block to the clocks of a stage, in equal shares where one fit serves several targets."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    for result in results:
        result.seconds[f"seconds_{stage}"] += wall / len(results)
        result.seconds[f"cpu_seconds_{stage}"] += cpu / len(results)
