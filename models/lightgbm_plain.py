"""Gradient-boosted trees with LightGBM as it is mostly used: leaves of half a volume, rounds by one validation part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import ModelError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.booster import EarlyStoppingBooster, GroupedLeaves
from .shared.boosting import TargetScaler, check_positive
from .shared.category_columns import NATIVE_LEVELS, native_categories
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight
from .shared.contributions import Contributions, on_target_scale
from .shared.lightgbm_dataset import DATASET, training_dataset, validation_dataset
from .shared.lightgbm_device import Place, place_for
from .shared.space import SearchRange

if TYPE_CHECKING:
    from pathlib import Path

    from ..array_types import Float32

FILE = "model.txt"


@dataclass(frozen=True, eq=False)
class FittedLightGBM:
    """A booster and the state that its file lacks; ``device`` is where it was fitted, ``gpu`` being OpenCL."""

    booster: Any
    frame: TargetScaler
    threads: int = 0
    device: Place = "cpu"

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return int(self.booster.current_iteration())

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches; ModelError where the columns are not those of training."""
        checked_columns(rows, self.frame.columns)
        blocks = map(self.frame.native.joined, rows.batches())
        parts = [self.booster.predict(block, num_threads=self.threads) for block in blocks]
        return Prediction(self.frame.original(np.concatenate([np.zeros(0), *parts])))

    def contributions(self, rows: Rows) -> Contributions:
        """Exact TreeSHAP of the library, in batches, float64[n, p]."""
        checked_columns(rows, self.frame.columns)

        def explain(block: Float32) -> Any:
            return self.booster.predict(block, pred_contrib=True, num_threads=self.threads)

        return on_target_scale(self.frame, rows, explain)

    def save(self, folder: Path) -> None:
        """Write ``model.txt`` (LightGBM's own format) and ``model.json``."""
        self.frame.save(folder)
        self.booster.save_model(folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> FittedLightGBM:
        """Load a model written by ``save``; ModelError names the file that cannot be read."""
        import lightgbm

        frame = TargetScaler.load(folder)
        path = folder / FILE
        try:
            return cls(lightgbm.Booster(model_str=path.read_text(encoding="utf-8")), frame)
        except (OSError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise ModelError(f"{path}: expected a saved LightGBM model, got: {error}") from error


@dataclass(frozen=True)
class LightGBMPlain(EarlyStoppingBooster[FittedLightGBM], GroupedLeaves):
    """Settings of LightGBM, from the tuned regression defaults of pytabkit (LGBM_TD_REG).

    Two things differ, for rows that share volumes and for a fit on every target of every fold: leaves
    hold at least half the rows of a mean volume; steps are twice as large, trees have 31 leaves
    instead of 100 and patience is 25 rounds instead of 300, which halves the cost for little.
    The published wheels know no CUDA: see ``lightgbm_device`` for where a fit runs.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="lightgbm-plain",
        label="LightGBM, small leaves",
        kind="booster",
        meaning="trees grown leaf by leaf whose leaves may learn single designs, stopped early on one validation part",
        feature_sets=TABLE_SETS,
        early_stopping_rows=True,
        default=False,
        devices=("cpu", "cuda"),
        reference="Ke et al. 2017, Advances in Neural Information Processing Systems 30; defaults: Holzmüller et al. 2024, arXiv:2407.04491",
    )
    fitted: ClassVar[type[Fitted]] = FittedLightGBM
    space: ClassVar[tuple[SearchRange, ...]] = (
        SearchRange("learning_rate", 0.02, 0.3, log=True),
        SearchRange("num_leaves", 7, 127, log=True, whole=True),
        SearchRange("leaf_share", 0.05, 2.0, log=True),
        SearchRange("subsample", 0.5, 1.0),
    )

    num_leaves: int = 31
    """Leaves of a tree, at most."""
    max_bin: int = 255
    """Bins a column."""
    column_share: float = 1.0
    """Share of the columns that each split chooses from."""
    native_levels: int = NATIVE_LEVELS
    """A category of at least so many levels is one column whose levels a split parts into two sets; 0: none is."""

    def __post_init__(self) -> None:
        EarlyStoppingBooster.__post_init__(self)
        GroupedLeaves.__post_init__(self)
        check_positive(
            self.info.name, num_leaves=self.num_leaves - 1, max_bin=self.max_bin - 1, column_share=self.column_share
        )

    def _boost(
        self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext
    ) -> FittedLightGBM:
        """Boost on squared error.

        Where CUDA is asked for and the build cannot, the fit runs on the CPU: the log says why, the fitted
        model where.
        """
        import lightgbm

        place = place_for(context.device)
        target = checked_target(train)
        native = native_categories(train.rows.columns, self.native_levels)
        frame = TargetScaler.of(native.columns, target, checked_weight(train.rows, train.weight), native.categories)
        data = training_dataset(
            train.rows,
            frame.native,
            max_bin=self.max_bin,
            threads=context.threads,
            weight=train.weight,
            place=place,
        )
        data.set_label(frame.standard(target))
        callbacks, valid_sets = [], []
        if stop_on is not None:
            valid = validation_dataset(stop_on.rows, frame.native, reference=data)
            valid.set_label(frame.standard(checked_target(stop_on)))
            valid_sets = [valid]
            callbacks = [lightgbm.early_stopping(self.patience, verbose=False)]
        parameters = self._parameters(train.rows, context, place)
        try:
            booster = lightgbm.train(parameters, data, rounds, valid_sets=valid_sets, callbacks=callbacks)
        except lightgbm.basic.LightGBMError as error:
            raise ModelError(f"LightGBM, training: {error}") from error
        return FittedLightGBM(booster, frame, context.threads, place)

    def _parameters(self, rows: Rows, context: FitContext, place: Place) -> dict[str, Any]:
        return {
            **DATASET,
            "objective": "regression",
            "max_bin": self.max_bin,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "feature_fraction_bynode": self.column_share,
            "min_data_in_leaf": self.leaf_rows(rows),
            "min_sum_hessian_in_leaf": 1e-7,
            # the library's penalties are for levels of thousands of rows: on few they cost up to .15 of R2
            "min_data_per_group": 1,
            "cat_smooth": 1.0,
            "cat_l2": 1.0,
            "bagging_fraction": max(self.subsample, 1 / len(rows)),  # one row at least
            "bagging_freq": 1,
            "seed": context.seed,
            "num_threads": context.threads,
            "device_type": place,
        }
