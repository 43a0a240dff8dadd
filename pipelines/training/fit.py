"""The one way in which models are fitted: in comparison, intervals, studies and final models alike.

From rows of a table come the labels, bounds of lives that were not seen to their end, a part to stop
early by and nested folds in the way of the regime, seeds and threads; so a model that is fitted again on the same
rows and columns is the same model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats, Ints
from ...errors import ModelError
from ...models.base import Checkpoints, Device, FitContext, Fitted, Model, Prediction, Rows, TrainingData
from ...models.shared.nested import NestedFolds
from ...models.shared.values_only import values_of
from ..settings import ComparisonSettings
from ..splits.nested import nested_folds, validation_split
from ..splits.splits import Fold
from ..splits.thin import thinned_to
from ..tables.arrays import Table
from ..tables.target_scale import to_scale, usable
from .censoring import bounds_of
from .size_rules import own_bounds, training_rows

ROWS_A_THREAD = 5_000


@dataclass(frozen=True, eq=False)
class FitRows:
    """Rows to fit on, rows to stop early by and the rest of the training fold (None: none), with their positions in a table.

    The rest share a volume or a design with the rows to stop by, so only a fit that is repeated once it knows when to stop has them.

    Targets that are known for the same rows share one of these, and what a model makes of the rows.
    """

    fit: Ints
    valid: Ints
    train_rows: Rows
    valid_rows: Rows | None
    rest: Ints
    rest_rows: Rows | None

    @classmethod
    def taken(cls, rows: Rows, fit: Ints, valid: Ints, rest: Ints) -> FitRows:
        """Take these positions of ``rows``, which are the rows of the whole table; without rows to stop by all are fitted on."""
        if len(rest) and not len(valid):
            fit, rest = np.sort(np.concatenate([fit, rest])), rest[:0]
        held, others = (rows.take(part) if len(part) else None for part in (valid, rest))
        return cls(fit, valid, rows.take(fit), held, rest, others)

    def __len__(self) -> int:
        return len(self.fit) + len(self.valid) + len(self.rest)


@dataclass(frozen=True, eq=False)
class FitProcedure:
    """Procedure of fitting one model on parts of one table.

    ``regime`` is the one whose folds are used (``folds.fold_regime``), None where there is none, as where fits are only
    timed; the model then cuts nested folds itself.
    """

    model: Model
    table: Table
    regime: str | None
    settings: ComparisonSettings
    device: Device = "cpu"
    threads: int = 1
    """Most threads of a fit."""
    checkpoints: Checkpoints | None = None

    def split(self, train: Ints, seed: int) -> tuple[Ints, Ints, Ints]:
        """Positions to fit on, to stop early by, and those of neither; all to fit on for a model that does not stop by any.

        Of a large set fewer rows of each volume are taken (``size_rules.training_rows``).
        """
        most = training_rows(self.settings, len(self.table), self.model.info.kind)
        if most is not None:
            train = train[thinned_to(self.table.volume[train], most, seed)]
        if not self.model.info.early_stopping_rows or self.regime is None:
            return train, train[:0], train[:0]
        fit, valid = validation_split(
            self.regime,
            self.table.volume_group[train],
            self.table.design_group[train],
            share=self.settings.validation_share,
            seed=seed,
        )
        return train[fit], train[valid], np.setdiff1d(train, train[np.concatenate([fit, valid])])

    def fit(self, rows: FitRows, target: str, seed: int) -> Fitted:
        """Fit one target; ModelError where no row to fit on knows it."""
        if not len(rows.fit):
            raise ModelError("no training row has a value of the target")
        train = self._one_target(rows.train_rows, rows.fit, target)
        valid = None if rows.valid_rows is None else self._one_target(rows.valid_rows, rows.valid, target)
        rest = None if rows.rest_rows is None else self._one_target(rows.rest_rows, rows.rest, target)
        return self._fit(train, valid, rest, seed)

    def fit_all(self, rows: FitRows, targets: Sequence[str], seed: int) -> Fitted:
        """Fit several targets at once, on rows that know one or more of them."""
        train = self._all_targets(rows.train_rows, rows.fit, targets)
        valid = None if rows.valid_rows is None else self._all_targets(rows.valid_rows, rows.valid, targets)
        rest = None if rows.rest_rows is None else self._all_targets(rows.rest_rows, rows.rest, targets)
        return self._fit(train, valid, rest, seed)

    def predict(self, fitted: Fitted, rows: Rows) -> Prediction:
        """Predictions of a fitted model, with bounds of its own where they are wanted."""
        wanted = own_bounds(self.settings, len(self.table))
        return fitted.predict(rows) if wanted else values_of(fitted, rows)

    def _fit(self, train: TrainingData, valid: TrainingData | None, rest: TrainingData | None, seed: int) -> Fitted:
        info = self.model.info
        context = FitContext(
            seed=seed,
            threads=threads_worth(len(train), self.threads),
            device=self.device,
            nested=self._nested(train.rows, seed) if info.nested_folds else None,
            checkpoints=self.checkpoints if info.checkpointable else None,
            rest=rest,
        )
        return self.model.fit(train, valid, context)

    def _nested(self, rows: Rows, seed: int) -> NestedFolds | None:
        """Nested folds of training rows; the same for all targets of the same rows."""
        if self.regime is None:
            return None
        volume_group, design_group = self.table.groups
        return nested_folds(
            self.regime,
            volume_group[rows.volume],
            design_group[rows.design],
            folds=self.settings.inner_folds,
            share=self.settings.validation_share,
            seed=seed,
        )

    def _one_target(self, rows: Rows, at: Ints, target: str) -> TrainingData:
        y, upper = bounds_of(self.model.info, target, self.table, at, learned(self.table, target))
        return TrainingData(rows, y.astype(np.float32), upper=upper)

    def _all_targets(self, rows: Rows, at: Ints, targets: Sequence[str]) -> TrainingData:
        columns = [np.where(known(self.table, name)[at], learned(self.table, name)[at], np.nan) for name in targets]
        weight = np.array([self.table.contract.target(name).weight for name in targets], np.float32)
        return TrainingData(rows, np.stack(columns, axis=1).astype(np.float32), target_weight=weight)


def known(table: Table, target: str) -> NDArray[np.bool_]:
    """bool[n]: the rows of a table that have a value of a target on its learned scale."""
    return usable(table.targets[target], table.contract.target(target).scale)


def learned(table: Table, target: str) -> Floats:
    """float64[n]: a target of all rows of a table on its learned scale."""
    return to_scale(table.targets[target], table.contract.target(target).scale)


def threads_worth(rows: int, most: int) -> int:
    """Threads that pay: on few rows they wait for one another longer than they work."""
    return max(1, min(most, rows // ROWS_A_THREAD))


def fold_seed(seed: int, fold: Fold) -> int:
    """A seed of one fit that depends on the run's seed and the fold alone."""
    return int(np.random.SeedSequence([seed, fold.repeat, fold.fold]).generate_state(1)[0] >> 1)
