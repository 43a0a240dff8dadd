"""Intervals of a fold's test rows: models fitted again on parts of its training rows, calibrated on the rest.

The training rows of a fold are dealt as its regime deals test rows: rows, volumes, designs, or volumes
and designs at once. A model fitted without part k is scored on part k, whose rows are as new to it as
the test rows are; ``conformal`` turns the scores into bounds. Small sets use every part in turn (CV+);
large ones, where that would cost too much, the first alone (split conformal). Test rows take
no part in any of this, and in ``new-both`` part k shares neither volumes nor designs with its fit.

A volume weighs as much as any other, however many rows it has. In ``new-both`` volumes and designs both
bound and the wider bound is taken; exchangeability of two crossed dimensions at once gives no
guarantee, so none is claimed there, and no group is put at infinity for its sake: the models that calibrate are fitted
on fewer groups in both dimensions than the one that predicts, which makes the bounds wide enough
(``docs/validation.md`` has the coverage that was simulated).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from ...array_types import Floats, Ints
from ...errors import ModelError, PoregroveError
from ...models.base import Fitted, Rows
from ..splits.group_numbers import n_distinct
from ..splits.splits import HELD_OUT, Fold, assign_folds
from .conformal import FEWEST_GROUPS, TOO_FEW_GROUPS, Held, bounds, n_groups, scores
from .fit import FitProcedure, FitRows, known, learned

SPLIT_ROWS = 50_000
"""Training rows from which on one part calibrates, if it has enough groups."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Bounds float64[n] of n test rows on the learned scale, NaN where there are none and ``reason`` says why."""

    lo: Floats
    hi: Floats
    method: str
    reason: str | None
    n_calibration: int
    """Groups that calibrated, of the dimension that has fewest."""


@dataclass(frozen=True, eq=False)
class _Part:
    """One fit: the rows to fit on, and positions and rows to calibrate on and to bound."""

    fitted_on: FitRows
    held: Ints
    held_rows: Rows
    test_rows: Rows


@dataclass(frozen=True, eq=False)
class Calibrator:
    """Intervals of one model on one feature set in one fold; targets that are known for the same rows share its parts."""

    procedure: FitProcedure
    rows: Rows
    fold: Fold
    seed: int
    _parts: dict[bytes, tuple[_Part, ...]] = field(default_factory=dict)

    def intervals(self, target: str) -> Intervals:
        """Bounds of the test rows of a target on its learned scale."""
        mask = known(self.procedure.table, target)
        train, test = (index[mask[index]] for index in (self.fold.train, self.fold.test))
        sizes = [n_distinct(groups[train]) for groups in self._groups.values()]
        count = min(self.procedure.settings.calibration_folds, *sizes) if sizes else 0
        split = len(train) >= SPLIT_ROWS and min(sizes) // count >= FEWEST_GROUPS
        method = "split" if split else "cv+"
        if min(sizes) < FEWEST_GROUPS:
            return _none(len(test), method, min(sizes))
        key = mask.tobytes()
        if key not in self._parts:
            self._parts[key] = tuple(islice(self._dealt(train, test, count), 1 if split else None))
        try:
            held = [self._held(part, target) for part in self._parts[key]]
        except PoregroveError as error:
            return _none(len(test), method, 0, str(error))
        return _widest(held, len(test), method)

    @property
    def _groups(self) -> Mapping[str, Ints]:
        """Group of every row of the table in each dimension that the regime deals."""
        table, regime = self.procedure.table, self.procedure.regime
        groups: dict[str, Ints] = {
            "row": np.arange(len(table)),
            "volume": table.volume_group,
            "design": table.design_group,
        }
        return {} if regime is None else {name: groups[name] for name in HELD_OUT[regime]}

    def _dealt(self, train: Ints, test: Ints, count: int) -> Iterator[_Part]:
        rng = np.random.default_rng([self.seed, 0xCA1B])
        labels = [assign_folds(groups[train], count, rng) for groups in self._groups.values()]
        for number in range(count):
            hits = [label == number for label in labels]
            held, fit = train[np.logical_and.reduce(hits)], train[~np.logical_or.reduce(hits)]
            if not len(held) or not len(fit):
                continue
            fitted_on = FitRows.taken(self.rows, *self.procedure.split(fit, self.seed))
            yield _Part(fitted_on, held, self.rows.take(held), self.rows.take(test))

    def _held(self, part: _Part, target: str) -> Mapping[str, Held]:
        """The scores of one fit, by the dimension whose groups weigh alike."""
        fitted = self.procedure.fit(part.fitted_on, target, self.seed)
        score = scores(learned(self.procedure.table, target)[part.held], *_bounded(fitted, part.held_rows))
        lo, hi = _bounded(fitted, part.test_rows)
        return {name: Held(lo, hi, score, groups[part.held]) for name, groups in self._groups.items()}


def _bounded(fitted: Fitted, rows: Rows) -> tuple[Floats, Floats]:
    """Bounds of a model for rows: its own where it has them, its value as both elsewhere; ModelError if not finite."""
    answer = fitted.predict(rows)
    lo, hi = (answer.y, answer.y) if answer.lo is None or answer.hi is None else (answer.lo, answer.hi)
    if not (np.isfinite(lo).all() and np.isfinite(hi).all()):
        raise ModelError("a prediction behind an interval is not a finite number")
    return lo.astype(np.float64), hi.astype(np.float64)


def _widest(held: list[Mapping[str, Held]], n: int, method: str) -> Intervals:
    by_dimension = [[part[name] for part in held] for name in held[0]] if held else []
    groups = min(map(n_groups, by_dimension), default=0)
    if groups < FEWEST_GROUPS:
        return _none(n, method, groups)
    unseen = 1 if len(by_dimension) == 1 else 0
    found = [bounds(parts, unseen=unseen) for parts in by_dimension]
    lo, hi = np.min([low for low, _ in found], axis=0), np.max([high for _, high in found], axis=0)
    return Intervals(lo, hi, method, None, groups)


def _none(n: int, method: str, groups: int, reason: str = TOO_FEW_GROUPS) -> Intervals:
    return Intervals(np.full(n, np.nan), np.full(n, np.nan), method, reason, groups)
