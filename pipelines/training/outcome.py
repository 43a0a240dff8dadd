"""Outcome of one target over the folds of a job, whichever process ran each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.shared.fit_reports import TruncatedFit
from ...schema import TIME_BOUNDED
from .course import Course
from .predictions import Predictions

CLOCKS = tuple(f"{clock}_{stage}" for clock in ("seconds", "cpu_seconds") for stage in ("fit", "predict", "intervals"))
UNCLIPPED = "y_unclipped"
"""Column of predictions before they were clipped, in the regimes that test extremes."""
NO_VALUE = "no tested row has a value of the target"
"""Reason why jobs of a target without a single value do not apply."""


@dataclass(frozen=True)
class CalibratedFold:
    """Origin of the intervals of one fold, or the reason why there are none."""

    method: str
    reason: str | None
    n_calibration: int
    """Groups that calibrated, of the dimension that has fewest."""


@dataclass(eq=False, kw_only=True)
class Outcome:
    """Predictions, times and failures of one target, in the order of the folds."""

    parts: list[Predictions] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(CLOCKS, 0.0))
    n_fits: int = 0
    n_known: int = 0
    """Rows predicted by fits."""
    n_rows_fit: int = 0
    truncated: list[TruncatedFit] = field(default_factory=list)
    diagnostics: list[Mapping[str, float]] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)
    """Devices of the fits, in the models' own names."""
    courses: list[Course] = field(default_factory=list)
    """How each fit went; of fits on several targets at once with the first of them."""
    reason: str | None = None
    """Reason of the first failure."""
    calibrations: list[CalibratedFold] = field(default_factory=list)

    @classmethod
    def together(cls, outcomes: Iterable[Outcome]) -> Outcome:
        """One outcome of those of consecutive folds, in their order; the first failure is the reason of all."""
        whole = cls()
        for one in outcomes:
            whole.parts += one.parts
            whole.seconds = {clock: whole.seconds[clock] + one.seconds[clock] for clock in CLOCKS}
            whole.n_fits += one.n_fits
            whole.n_known += one.n_known
            whole.n_rows_fit += one.n_rows_fit
            whole.truncated += one.truncated
            whole.diagnostics += one.diagnostics
            whole.devices |= one.devices
            whole.courses += one.courses
            whole.reason = whole.reason or one.reason
            whole.calibrations += one.calibrations
        return whole

    @property
    def note(self) -> str | None:
        """Remarks on the fits for the reader: which a time limit ended, and what the models report."""
        notes = (_note(self.truncated, self.n_fits) if self.truncated else None, _means(self.diagnostics))
        return "; ".join(filter(None, notes)) or None

    @property
    def calibration(self) -> Mapping[str, Any]:
        """Origin of the intervals, or why there are none; in the words of ``JobRecord``."""
        methods = list(dict.fromkeys(item.method for item in self.calibrations))
        if not methods and any(np.isfinite(part["y_lo"]).any() for part in self.parts):
            methods = ["model"]
        reasons = [item.reason for item in self.calibrations]
        usable = [item.n_calibration for item in self.calibrations if item.reason is None]
        return {
            "interval_method": ", ".join(methods) or None,
            "interval_reason": reasons[0] if reasons and all(reasons) else None,
            "n_calibration": min(usable or [item.n_calibration for item in self.calibrations], default=None),
        }

    def predictions(self) -> Predictions:
        """Predictions of all folds, one after another."""
        return {name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]}

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
