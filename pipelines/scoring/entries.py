"""Entries against the folds of a run: exactly the test rows of every fold that is there, in the right unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import EntryError
from ...schema import Contract, Target
from ..runs.entries import Entry, EntryFile
from ..settings import ComparisonSettings
from ..tables.arrays import LIFE, Data
from ..tables.target_scale import usable
from ..training.folds_digest import folds_digest
from ..training.job import Job
from ..training.job_folds import fold_regime, job_folds
from ..training.predictions import Predictions
from .losses import FoldIds, fold_ids_in
from .plausible import too_good, unit_factor

TestRows = Mapping[tuple[int, int], NDArray[np.int32]]
"""Positions of the test rows in the table of their target, by repeat and fold."""

_SHOWN = 3
_MIRRORED: Mapping[str, str] = {"new-structure": "new-both", "new-both": "new-structure"}
"""Regimes whose folds are the same for what depends on the volume alone."""


@dataclass(frozen=True, eq=False)
class EntryPart:
    """The predictions of one target under one regime, as a job would have written them."""

    job: Job
    predictions: Predictions = field(repr=False)
    n_folds: int
    """Folds of the run under this regime, over its repeats."""
    n_clipped: int = 0
    """Lives that were moved into what a life can be, as those of every model are."""
    suspicion: str | None = None
    """Reason why the predictions look like the truth itself."""
    mirrored: bool = False
    """Whether they repeat the predictions under the other regime, whose folds are the same."""

    @property
    def fold_ids(self) -> FoldIds:
        """The folds that it has."""
        return fold_ids_in(self.predictions)


@dataclass(frozen=True, eq=False)
class CheckedEntry:
    """An entry that fits the folds of a run; ``remarks`` name the parts of it that the run does not use."""

    entry: Entry
    parts: tuple[EntryPart, ...]
    remarks: tuple[str, ...]


def check_entries(entries: Sequence[Entry], data: Data, settings: ComparisonSettings) -> tuple[CheckedEntry, ...]:
    """The entries as parts of a run.

    ``settings`` are the run's own; what it did not compare (other targets, regimes, repeats) is left out of an entry
    with a remark. Raises EntryError naming the file where its digest is of other folds, where a fold lacks a test row
    or has another one, or where a unit is off by a factor, and where nothing remains.
    """
    if not entries:
        return ()
    digest = folds_digest(data, settings)
    checks = _Checks(data, settings)
    return tuple(_checked(entry, checks, digest) for entry in entries)


class _Checks:
    """The folds of a run, made once for all entries."""

    def __init__(self, data: Data, settings: ComparisonSettings) -> None:
        self.data, self.settings = data, settings
        self.targets = settings.targets or tuple(data.contract.by_name)
        self._folds: dict[tuple[bool, str], tuple[TestRows, str | None]] = {}

    def folds(self, job: Job) -> tuple[TestRows, str | None]:
        """Positions of the test rows by fold, or none and the reason why there are none."""
        key = self.data.contract.volume_only(job.target), job.regime
        if key not in self._folds:
            folds, reason = job_folds(job, self.data, self.settings)
            self._folds[key] = {(fold.repeat, fold.fold): fold.test.astype(np.int32) for fold in folds}, reason
        return self._folds[key]


def _checked(entry: Entry, checks: _Checks, digest: str) -> CheckedEntry:
    remarks: dict[str, None] = {}
    parts: list[EntryPart] = []
    for file in entry.files:
        if file.folds_digest is not None and file.folds_digest != digest:
            raise EntryError(
                f"{file.path}: folds_digest {file.folds_digest}, expected {digest}: made on the folds of other data, "
                "or with other settings (--seed, --folds, --group-column, --set)"
            )
        own = list(_parts(entry, file, checks, remarks))
        parts += own
        parts += _mirrors(own, checks.settings, checks.data.contract)
    if not parts:
        raise EntryError(f"{entry.files[0].path}: nothing in it was compared in this run: {'; '.join(remarks)}")
    return CheckedEntry(entry, tuple(parts), tuple(remarks))


def _parts(entry: Entry, file: EntryFile, checks: _Checks, remarks: dict[str, None]) -> Iterator[EntryPart]:
    for (target, regime), frame in file.predictions.groupby(["target", "regime"], sort=False):
        job = Job(str(target), entry.name, file.features, str(regime))
        if job.target not in checks.targets or job.regime not in checks.settings.regimes:
            what = f"target {target}" if job.target not in checks.targets else f"regime {regime}"
            remarks[f"{what} left out: this run did not compare it"] = None
            continue
        folds, reason = checks.folds(job)
        if reason is not None:
            remarks[f"{target} under {regime} left out: {reason}"] = None
            continue
        repeats = 1 + max(repeat for repeat, _ in folds)
        known = frame[frame["repeat"] < repeats]
        if len(known) < len(frame):
            remarks[f"repeats from {repeats} on under {regime} left out: this run has {repeats}"] = None
        if len(known):
            yield _part(job, file, known, folds, checks.data)


def _part(job: Job, file: EntryFile, frame: pd.DataFrame, folds: TestRows, data: Data) -> EntryPart:
    table = data.table(job.target)
    y = table.targets[job.target]
    for fold_id, given in frame.groupby(["repeat", "fold"], sort=False):
        repeat, fold = (int(number) for number in cast("tuple[Any, Any]", fold_id))
        where = f"{file.path}: {job.target}, {job.regime}, repeat {repeat}, fold {fold}"
        if (repeat, fold) not in folds:
            raise EntryError(f"{where}: there is no such fold")
        test = folds[repeat, fold]
        _refuse_other_rows(where, given["row"].to_numpy(), table.row[test][np.isfinite(y[test])], table.row[test])
    frame = frame.sort_values(["repeat", "fold", "row"], kind="stable")
    order = np.argsort(table.row)
    at = order[np.searchsorted(table.row, frame["row"].to_numpy(), sorter=order)]
    scale = table.contract.target(job.target).scale
    kept = usable(y[at], scale)
    frame, truth = frame[kept], y[at][kept]
    predicted = frame["y_pred"].to_numpy(np.float64)
    where = f"{file.path}: {job.target}, {job.regime}"
    if np.abs(predicted).max(initial=0.0) > np.finfo(np.float32).max:
        raise EntryError(f"{where}: expected y_pred within single precision, got {np.abs(predicted).max():g}")
    _refuse_units(where, table.contract.target(job.target), truth, predicted)
    if scale == "log" and (predicted <= 0).any():
        row = frame["row"].to_numpy()[predicted <= 0][0]
        raise EntryError(f"{where}: expected y_pred above 0, for it is scored on a logarithmic scale; row {row} is not")
    bounds = table.life_bounds if job.target == LIFE else (-np.inf, np.inf)
    columns: dict[str, Any] = {name: frame[name].to_numpy() for name in ("row", "fold", "repeat")}
    with np.errstate(over="ignore"):
        columns |= {name: _single(frame[name], bounds) for name in ("y_pred", "y_lo", "y_hi")}
    return EntryPart(
        job,
        columns,
        n_folds=len(folds),
        n_clipped=int(((predicted < bounds[0]) | (predicted > bounds[1])).sum()),
        suspicion=too_good(truth, predicted, scale),
    )


def _single(values: pd.Series, bounds: tuple[float, float]) -> NDArray[np.float32]:
    clipped: NDArray[np.float64] = np.clip(values.to_numpy(np.float64), *bounds)
    return clipped.astype(np.float32)


def _refuse_other_rows(
    where: str, given: NDArray[np.int32], expected: NDArray[np.int32], tested: NDArray[np.int32]
) -> None:
    """EntryError naming rows that are no test rows of the fold, that have no target, or that are missing."""
    extra = np.setdiff1d(given, expected)
    if len(extra):
        odd = np.setdiff1d(extra, tested)
        what = "no test row of this fold" if len(odd) else "without a value of the target"
        raise EntryError(f"{where}: {_rows(odd if len(odd) else extra)} {what}; it has {len(expected)} rows to predict")
    missing = np.setdiff1d(expected, given)
    if len(missing):
        raise EntryError(f"{where}: {_rows(missing)} missing, of {len(expected)} rows to predict")


def _rows(rows: NDArray[np.int32]) -> str:
    shown = ", ".join(map(str, rows[:_SHOWN]))
    if len(rows) == 1:
        return f"row {shown} is"
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"rows {shown}{more} are"


def _refuse_units(where: str, target: Target, truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> None:
    found = unit_factor(truth, predicted)
    if found is None:
        return
    unit = target.unit
    raise EntryError(
        f"{where}: y_pred is about {found.named} times the target, which is {'a plain number' if unit == '-' else f'in {unit}'} "
        f"(least-squares slope {found.slope:.4g}, cosine {found.cosine:.2f})"
    )


def _mirrors(parts: Sequence[EntryPart], settings: ComparisonSettings, contract: Contract) -> Iterator[EntryPart]:
    """Parts for the other regime with the same folds, where a target depends on the volume alone."""
    there = {part.job for part in parts}
    for part in parts:
        if not contract.volume_only(part.job.target):
            continue
        other = replace(part.job, regime=_MIRRORED.get(part.job.regime, part.job.regime))
        if (
            other not in there
            and other.regime in settings.regimes
            and fold_regime(other, contract) == fold_regime(part.job, contract)
        ):
            yield replace(part, job=other, mirrored=True)
