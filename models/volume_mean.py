"""Mean by volume: the average over all designs of a volume; it uses ids alone."""

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
class FittedVolumeMean(NpzModel):
    """One mean a volume position, NaN where training has not seen it."""

    means: Float64

    def predict(self, rows: Rows) -> Prediction:
        """The mean of each row's volume; ModelError for one that training has not seen."""
        return Prediction(seen(self.means, rows.volume, "volume").astype(np.float32))


@dataclass(frozen=True)
class VolumeMean:
    """Weighted mean of the training targets of the volume."""

    info: ClassVar[ModelInfo] = ModelInfo(
        name="volume-mean",
        label="mean by volume",
        kind="trivial",
        meaning="mean of the training rows of the same volume",
        feature_sets=("none",),
        requires_seen_ids=frozenset({"volume"}),
    )
    fitted: ClassVar[type[Fitted]] = FittedVolumeMean

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedVolumeMean:
        """Average ``y`` by volume."""
        target, share = checked_target(train), checked_weight(train.rows, train.weight)
        return FittedVolumeMean(group_means(train.rows.volume, target, share, "volume"))
