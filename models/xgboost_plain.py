"""Gradient-boosted trees with XGBoost as it is mostly used: leaves of half a volume, rounds by one validation part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..array_types import Float32
from .base import Device, FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.booster import EarlyStoppingBooster, FittedBooster, GroupedLeaves
from .shared.boosting import TargetScaler, check_positive
from .shared.category_columns import NATIVE_LEVELS, CategoryColumns, native_categories
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight
from .shared.contributions import Contributions, on_target_scale
from .shared.space import SearchRange
from .shared.xgboost_cluster import train_over_cluster
from .shared.xgboost_native import (
    NativeXGBoost,
    matrix_of,
    on_cpu,
    placed,
    trained,
    training_matrix,
    validation_matrix,
    warnings_as_errors,
)


class FittedXGBoost(NativeXGBoost):
    """A booster and the state that its file lacks; ``device`` is where it was fitted."""

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches; ModelError where the columns are not those of training."""
        return Prediction(self.frame.original(np.concatenate([np.zeros(0, np.float32), *self.outputs(rows)])))

    def contributions(self, rows: Rows) -> Contributions:
        """Exact TreeSHAP of the library, in batches, float64[n, p]."""
        checked_columns(rows, self.frame.columns)

        def explain(block: Float32) -> Any:
            return self.booster.predict(matrix_of(block, self.frame.native), pred_contribs=True)

        with warnings_as_errors("explaining"):
            return on_target_scale(self.frame, rows, explain)


@dataclass(frozen=True)
class XGBoostPlain(EarlyStoppingBooster[FittedBooster], GroupedLeaves):
    """Settings of XGBoost, from the tuned regression defaults of pytabkit (XGB_TD_REG).

    Three things differ, for rows that share volumes and for a fit on every target of every fold:
    leaves hold at least half the rows of a mean volume; steps are twice as large, depth is 6 instead
    of 9 and patience 25 rounds instead of 300, which on simulated crossings scored the same on
    unseen volumes and designs at a quarter of the cost; and below 5,000 rows 64 bins a column serve
    as well as 256 in a fifth of the time.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="xgboost-plain",
        label="XGBoost, small leaves",
        kind="booster",
        meaning="gradient-boosted trees whose leaves may learn single designs, stopped early on one validation part",
        feature_sets=TABLE_SETS,
        early_stopping_rows=True,
        default=False,
        devices=("cpu", "cuda"),
        reference="Chen & Guestrin 2016, doi:10.1145/2939672.2939785; defaults: Holzmüller et al. 2024, arXiv:2407.04491",
    )
    fitted: ClassVar[type[Fitted]] = FittedXGBoost
    objective: ClassVar[Mapping[str, Any]] = {"objective": "reg:squarederror"}
    space: ClassVar[tuple[SearchRange, ...]] = (
        SearchRange("learning_rate", 0.02, 0.3, log=True),
        SearchRange("max_depth", 3, 9, whole=True),
        SearchRange("leaf_share", 0.05, 2.0, log=True),
        SearchRange("subsample", 0.5, 1.0),
        SearchRange("reg_lambda", 0.0, 10.0),
    )

    max_depth: int = 6
    """Splits on the way to a leaf, at most."""
    min_leaf: int = 2
    """Fewest rows in a leaf (weights of mean 1)."""
    reg_lambda: float = 0.0
    """L2 penalty of the values of leaves."""
    column_share: float = 1.0
    """Share of the columns that each split chooses from."""
    native_levels: int = NATIVE_LEVELS
    """A category of at least so many levels is one column whose levels a split parts into two sets; 0: none is."""
    max_bin: int | None = None
    """Bins a column; None: 64 below 5,000 rows, else 256."""
    distributed: bool = False
    """Train each booster over all workers of ``--engine dask``, where the rows of one do not fit one machine."""

    def __post_init__(self) -> None:
        EarlyStoppingBooster.__post_init__(self)
        GroupedLeaves.__post_init__(self)
        check_positive(self.info.name, max_depth=self.max_depth, column_share=self.column_share)

    def _boost(
        self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext
    ) -> FittedBooster:
        """Boost on the objective.

        Any warning of the library is a ModelError; DeviceError where CUDA was asked for and not used.
        """
        context = placed(context)
        target = checked_target(train)
        native = native_categories(train.rows.columns, self.native_levels)
        frame = TargetScaler.of(native.columns, target, checked_weight(train.rows, train.weight), native.categories)
        held = None if stop_on is None else (stop_on.rows, frame.standard(checked_target(stop_on)))
        label = frame.standard(target)
        boost = self._over_cluster if self.distributed else self._trained
        booster = boost(train, label, held, rounds, context, native=frame.native)
        return self.fitted_as(booster, frame, context.device)

    def _trained(
        self,
        train: TrainingData,
        label: Float32,
        held: tuple[Rows, Float32] | None,
        rounds: int,
        context: FitContext,
        *,
        native: CategoryColumns,
    ) -> Any:
        """The library's booster of standardised labels."""
        parameters = self._parameters(train.rows, context)
        bins = {"max_bin": parameters["max_bin"], "threads": context.threads}
        matrix = training_matrix(train.rows, native, weight=train.weight, **bins)
        matrix.set_label(label)
        valid = None
        if held is not None:
            valid = validation_matrix(held[0], native, reference=matrix, **bins)
            valid.set_label(held[1])
        return trained(parameters, matrix, rounds, stop_on=valid, patience=self.patience)

    def _over_cluster(
        self,
        train: TrainingData,
        label: Float32,
        held: tuple[Rows, Float32] | None,
        rounds: int,
        context: FitContext,
        *,
        native: CategoryColumns,
    ) -> Any:
        """Boost over all workers of a Dask cluster."""
        parameters = self._parameters(train.rows, context)
        booster = train_over_cluster(
            parameters,
            train.rows,
            label,
            train.weight,
            rounds,
            native=native,
            stop_on=held,
            patience=self.patience,
        )
        return on_cpu(booster, context.device)

    @staticmethod
    def fitted_as(booster: Any, frame: TargetScaler, device: Device) -> FittedBooster:
        """The fitted model that predicts with a booster."""
        return FittedXGBoost(booster, frame, device)

    def _parameters(self, rows: Rows, context: FitContext) -> dict[str, Any]:
        return {
            **self.objective,
            "tree_method": "hist",
            "device": context.device,
            "eta": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.leaf_rows(rows),
            "subsample": self.subsample,
            "reg_lambda": self.reg_lambda,
            "colsample_bynode": self.column_share,
            "max_bin": self.max_bin or (_FEW_BINS if len(rows) < _FEW_ROWS else _BINS),
            "seed": context.seed,
            "nthread": context.threads,
        }


_FEW_ROWS, _FEW_BINS, _BINS = 5_000, 64, 256
