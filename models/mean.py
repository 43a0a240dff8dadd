"""The mean of the training rows, which every model must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.checks import checked_target, checked_weight

if TYPE_CHECKING:
    from ..array_types import Float64


@dataclass(frozen=True, eq=False)
class FittedMean(NpzModel):
    """One number."""

    mean: Float64

    def predict(self, rows: Rows) -> Prediction:
        """Predict the same value for every row."""
        return Prediction(np.full(len(rows), self.mean, np.float32))


@dataclass(frozen=True)
class Mean:
    """Weighted mean of the training targets."""

    info: ClassVar[ModelInfo] = ModelInfo(
        name="mean",
        label="mean",
        kind="trivial",
        meaning="mean of the training rows",
        feature_sets=("none",),
    )
    fitted: ClassVar[type[Fitted]] = FittedMean

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedMean:
        """Average ``y``; everything else of the interface has no meaning here."""
        mean = np.average(checked_target(train), weights=checked_weight(train.rows, train.weight))
        return FittedMean(np.asarray(mean))
