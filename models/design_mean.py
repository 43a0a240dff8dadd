"""Mean by design: the average over all volumes of a design; it uses ids alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.checks import checked_target, checked_weight
from .shared.group_means import group_means, seen

if TYPE_CHECKING:
    from ..array_types import Float64


@dataclass(frozen=True, eq=False)
class FittedDesignMean(NpzModel):
    """One mean a design position, NaN where training has not seen it."""

    means: Float64

    def predict(self, rows: Rows) -> Prediction:
        """The mean of each row's design; ModelError for one that training has not seen."""
        return Prediction(seen(self.means, rows.design, "design").astype(np.float32))


@dataclass(frozen=True)
class DesignMean:
    """Weighted mean of the training targets of the design."""

    info: ClassVar[ModelInfo] = ModelInfo(
        name="design-mean",
        label="mean by design",
        kind="trivial",
        meaning="mean of the training rows of the same parameter vector",
        feature_sets=("none",),
        requires_seen_ids=frozenset({"design"}),
    )
    fitted: ClassVar[type[Fitted]] = FittedDesignMean

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedDesignMean:
        """Average ``y`` by design."""
        target, share = checked_target(train), checked_weight(train.rows, train.weight)
        return FittedDesignMean(group_means(train.rows.design, target, share, "design"))
