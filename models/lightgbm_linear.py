"""LightGBM with a linear model in each leaf, which extrapolates where constant leaves do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import ModelError, SettingsError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .lightgbm_plain import FittedLightGBM, LightGBMPlain
from .shared.arrays import NpzModel
from .shared.boosting import TargetScaler, check_positive
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight
from .shared.clipping import target_range
from .shared.group_booster import GroupBooster
from .shared.lightgbm_dataset import DATASET
from .shared.log_columns import LogColumns
from .shared.refit_rows import weight_key
from .shared.space import SearchRange

if TYPE_CHECKING:
    from pathlib import Path

    from ..array_types import Float64


@dataclass(frozen=True, eq=False)
class _Seen(NpzModel):
    """State besides LightGBM's own file: the columns that become logarithms, and the range of predictions."""

    log_positions: Any
    log_least: Float64
    low: Float64
    high: Float64


@dataclass(frozen=True, eq=False)
class FittedLightGBMLinear:
    """A booster with linear leaves, the columns that it sees, and the range of its predictions."""

    booster: FittedLightGBM
    seen: _Seen

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return self.booster.rounds

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches, within the widened range of the training targets; ModelError where the columns differ."""
        frame, threads = self.booster.frame, self.booster.threads
        checked_columns(rows, frame.columns)
        logs = LogColumns(self.seen.log_positions, self.seen.log_least)
        parts = [self.booster.booster.predict(logs.replaced(block), num_threads=threads) for block in rows.batches()]
        output = np.concatenate([np.zeros(0), *parts])
        return Prediction.clipped(frame.offset + frame.scale * output, float(self.seen.low), float(self.seen.high))

    def save(self, folder: Path) -> None:
        """Write ``model.txt`` (LightGBM's own format), ``model.json`` and ``model.npz``."""
        self.booster.save(folder)
        self.seen.save(folder)

    @classmethod
    def load(cls, folder: Path) -> FittedLightGBMLinear:
        """Load a model written by ``save``; ModelError names the file that cannot be read."""
        return cls(FittedLightGBM.load(folder), _Seen.load(folder))


@dataclass(frozen=True)
class LightGBMLinear(GroupBooster[Any], LightGBMPlain):
    """Small trees with a ridge regression in each leaf, on logarithms where columns are declared to span decades.

    Leaves and rounds are chosen as for ``lightgbm``. The library explains no linear leaves, so there is no TreeSHAP.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="lightgbm-linear",
        label="LightGBM, linear leaves",
        kind="booster",
        meaning="gradient-boosted trees with a linear model in each leaf",
        feature_sets=TABLE_SETS,
        nested_folds=True,
        max_rows=200_000,  # linear leaves keep the whole matrix beside the bins
        reference="Shi, Li & Li 2019, arXiv:1802.05640; Ke et al. 2017, Advances in Neural Information Processing Systems 30",
    )
    fitted: ClassVar[type[Fitted]] = FittedLightGBMLinear
    space: ClassVar[tuple[SearchRange, ...]] = (
        SearchRange("learning_rate", 0.02, 0.3, log=True),
        SearchRange("num_leaves", 3, 31, log=True, whole=True),
        SearchRange("linear_lambda", 0.01, 100.0, log=True),
    )

    num_leaves: int = 8
    linear_lambda: float = 1.0
    """L2 penalty of the coefficients in the leaves."""
    native_levels: int = 0
    """Leaves regress on a column a level; they could not on a category."""

    def __post_init__(self) -> None:
        LightGBMPlain.__post_init__(self)
        GroupBooster.__post_init__(self)
        check_positive(self.info.name, linear_lambda=self.linear_lambda)
        if self.native_levels:
            raise SettingsError(f"model {self.info.name}: native_levels must be 0, leaves regress on a column a level")

    def _boost(  # type: ignore[override]  # what it fits is wrapped
        self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext
    ) -> FittedLightGBMLinear:
        """Boost on squared error, on the CPU: linear leaves are grown nowhere else."""
        import lightgbm

        rows, target = train.rows, checked_target(train)
        frame = TargetScaler.of(rows.columns.names, target, checked_weight(rows, train.weight))
        logs = LogColumns.of(rows)
        shape = {**DATASET, "max_bin": self.max_bin, "num_threads": context.threads, "linear_tree": True}
        weight = None if train.weight is None else checked_weight(rows, train.weight)

        def data_set() -> Any:
            matrix = _finite(rows, logs)
            return lightgbm.Dataset(matrix, weight=weight, params=shape, free_raw_data=False).construct()

        parameters = {
            **self._parameters(rows, context, "cpu"),
            "linear_tree": True,
            "linear_lambda": self.linear_lambda,
        }
        valid_sets, callbacks = [], []
        try:
            data = rows.prepared(("lightgbm-linear", self.max_bin, weight_key(train.weight)), data_set)
            data.set_label(frame.standard(target))
            if stop_on is not None:
                label = frame.standard(checked_target(stop_on))
                held = lightgbm.Dataset(_finite(stop_on.rows, logs), label, reference=data, params=shape)
                valid_sets, callbacks = [held], [lightgbm.early_stopping(self.patience, verbose=False)]
            booster = lightgbm.train(parameters, data, rounds, valid_sets=valid_sets, callbacks=callbacks)
        except lightgbm.basic.LightGBMError as error:
            raise ModelError(f"LightGBM, training with linear leaves: {error}") from error
        low, high = target_range(target)
        seen = _Seen(logs.positions, logs.least, np.asarray(low), np.asarray(high))
        return FittedLightGBMLinear(FittedLightGBM(booster, frame, context.threads), seen)


def _finite(rows: Rows, logs: LogColumns) -> Any:
    """The matrix with its logarithms; ModelError names a column with infinite values."""
    matrix = logs.replaced(rows.matrix())
    infinite = np.isinf(matrix).any(axis=0)
    if infinite.any():
        raise ModelError(f"column {rows.columns.names[int(np.argmax(infinite))]!r} has infinite values")
    return matrix
