"""Results for one target that accumulate while a job runs, fold by fold, until they are written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats, Ints
from ...errors import ModelError
from ...models.base import Fitted, Prediction
from ...models.shared.fit_reports import ReportsCourse, ReportsDiagnostics, ReportsTimeLimit, TruncatedFit, device_of
from ...schema import TIME_BOUNDED
from ..splits.splits import Fold
from ..tables.arrays import LIFE, Table
from ..tables.target_scale import from_scale
from .conformal_fits import Intervals
from .course import Course
from .fit import known, learned
from .predictions import Predictions

_CLOCKS = tuple(f"{clock}_{stage}" for clock in ("seconds", "cpu_seconds") for stage in ("fit", "predict", "intervals"))


UNCLIPPED = "y_unclipped"
"""Column of predictions before they were clipped, in the regimes that test extremes."""
NO_VALUE = "no tested row has a value of the target"
"""Reason why jobs of a target without a single value do not apply."""


@dataclass(eq=False)
class Result:
    """Predictions, times and failures of one target over the folds."""

    name: str
    table: Table
    parts: list[Predictions] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_CLOCKS, 0.0))
    n_fits: int = 0
    n_known: int = 0
    n_rows_fit: int = 0
    truncated: list[TruncatedFit] = field(default_factory=list)
    diagnostics: list[Mapping[str, float]] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)
    """Devices of the fits, in the models' own names."""
    courses: list[Course] = field(default_factory=list)
    """How each fit went; of fits on several targets at once with the first of them."""
    reason: str | None = None
    intervals: list[Intervals] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scale = self.table.contract.target(self.name).scale
        self.mask = known(self.table, self.name)

    @property
    def y(self) -> Floats:
        """float64[n]: the target of all rows of the table on its learned scale."""
        return learned(self.table, self.name)

    @property
    def note(self) -> str | None:
        """Remarks on the fits for the reader: which a time limit ended, and what the models report."""
        notes = (_note(self.truncated, self.n_fits) if self.truncated else None, _means(self.diagnostics))
        return "; ".join(filter(None, notes)) or None

    @property
    def calibration(self) -> Mapping[str, Any]:
        """Origin of the intervals, or why there are none; in the words of ``JobRecord``."""
        methods = list(dict.fromkeys(item.method for item in self.intervals))
        if not methods and any(np.isfinite(part["y_lo"]).any() for part in self.parts):
            methods = ["model"]
        reasons = [item.reason for item in self.intervals]
        usable = [item.n_calibration for item in self.intervals if item.reason is None]
        return {
            "interval_method": ", ".join(methods) or None,
            "interval_reason": reasons[0] if reasons and all(reasons) else None,
            "n_calibration": min(usable or [item.n_calibration for item in self.intervals], default=None),
        }

    def calibrated(self, found: Intervals, prediction: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """A prediction with bounds, which hold its own values too; their origin is kept for ``calibration``."""
        self.intervals.append(found)
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

    def unclipped(self) -> Mapping[str, NDArray[Any]] | None:
        """Predictions of the rows before they were clipped; None where the model clips none or no extremes are tested."""
        if not self.parts or not all(np.isfinite(part.get(UNCLIPPED, np.nan)).any() for part in self.parts):
            return None
        largest = np.finfo(np.float32).max
        return {
            **{name: np.concatenate([part[name] for part in self.parts]) for name in ("row", "fold", "repeat")},
            "y_pred": np.concatenate([np.clip(part[UNCLIPPED], -largest, largest) for part in self.parts]),
            **{name: np.full(sum(len(part["row"]) for part in self.parts), np.nan) for name in ("y_lo", "y_hi")},
        }


@contextmanager
def timed(results: Sequence[Result], stage: str) -> Iterator[None]:
    """Charge the block to the clocks of a stage, in equal shares where one fit serves several targets."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    for result in results:
        result.seconds[f"seconds_{stage}"] += wall / len(results)
        result.seconds[f"cpu_seconds_{stage}"] += cpu / len(results)


def _note(truncated: Sequence[TruncatedFit], n_fits: int) -> str:
    done = sorted({item.done for item in truncated})
    span = str(done[0]) if len(done) == 1 else f"{done[0]} to {done[-1]}"
    planned, unit = max(item.planned for item in truncated), truncated[0].unit
    return f"{TIME_BOUNDED}: {span} of {planned} {unit} in {len(truncated)} of {n_fits} fits"


def _means(diagnostics: Sequence[Mapping[str, float]]) -> str | None:
    """Means of the numbers that fits report, over the fits that report them."""
    by_name: dict[str, list[float]] = {}
    for numbers in diagnostics:
        for name, value in numbers.items():
            by_name.setdefault(name, []).append(value)
    if not by_name:
        return None
    told = ", ".join(f"{name} {np.mean(values):.3g}" for name, values in by_name.items())
    return f"mean of {len(diagnostics)} fits: {told}"
