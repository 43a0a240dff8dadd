"""Gradient-boosted quantiles with XGBoost: a median and bounds that may be wide here and narrow there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import Device, Fitted, ModelInfo, Prediction, Rows
from .shared.booster import FittedBooster
from .shared.boosting import TargetScaler
from .shared.checks import TABLE_SETS
from .shared.xgboost_native import NativeXGBoost
from .xgboost_plain import XGBoostPlain

QUANTILES = (0.05, 0.5, 0.95)


class FittedQuantiles(NativeXGBoost):
    """A booster of three quantiles and the state that its file lacks."""

    def predict(self, rows: Rows) -> Prediction:
        """Median and bounds in batches; ModelError where the columns are not those of training.

        Quantiles are fitted apart and may cross, so those of each row are put in order (Chernozhukov,
        Fernández-Val & Galichon 2010, doi:10.3982/ECTA7880).
        """
        ordered = np.sort(np.concatenate([np.zeros((0, len(QUANTILES)), np.float32), *self.outputs(rows)]), axis=1)
        lo, y, hi = (self.frame.original(column) for column in ordered.T)
        return Prediction(y, lo, hi)


@dataclass(frozen=True)
class XGBoostQuantile(XGBoostPlain):
    """XGBoost on the pinball loss at 5, 50 and 95 %, its settings those of ``xgboost``.

    Its bounds are as wide as the training rows say and promise nothing by themselves; a comparison that names it
    in ``intervals`` conformalises them.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="xgboost-quantile",
        label="XGBoost quantiles",
        kind="booster",
        meaning="gradient-boosted trees for the median and the 5 % and 95 % quantiles, one model a target",
        feature_sets=TABLE_SETS,
        early_stopping_rows=True,
        default=False,
        devices=("cpu", "cuda"),
        reference="Chen & Guestrin 2016, doi:10.1145/2939672.2939785; Romano, Patterson & Candès 2019, arXiv:1905.03222",
    )
    fitted: ClassVar[type[Fitted]] = FittedQuantiles
    objective: ClassVar[Mapping[str, Any]] = {"objective": "reg:quantileerror", "quantile_alpha": [*QUANTILES]}

    @staticmethod
    def fitted_as(booster: Any, frame: TargetScaler, device: Device) -> FittedBooster:
        """The fitted model that predicts with a booster."""
        return FittedQuantiles(booster, frame, device)
