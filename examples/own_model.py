"""Models of your own beside the others: poregrove compare DATA --out RUN --plugin own_model.py."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from poregrove.models import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData, from_sklearn
from poregrove.models.shared.arrays import NpzModel
from poregrove.models.shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight, some_columns
from poregrove.models.shared.standardise import Encoding, encode

# any scikit-learn regressor is one line; its parameters are settings: --set model.random-forest.n_estimators=500
forest = from_sklearn(RandomForestRegressor(n_estimators=100, min_samples_leaf=3), name="random-forest")


@dataclass(frozen=True, eq=False)
class FittedNearest(NpzModel):
    """The training rows, standardised. All fields are arrays, so NpzModel can write and read them without pickle."""

    columns: np.ndarray
    median: np.ndarray
    indicated: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    known: np.ndarray
    y: np.ndarray
    neighbours: np.ndarray

    def predict(self, rows: Rows) -> Prediction:
        """Mean of the nearest training rows, a batch of rows at a time; ModelError for other columns than in training."""
        checked_columns(rows, tuple(map(str, self.columns)))
        encoding = Encoding(self.median, self.indicated, self.mean, self.scale)
        parts = [np.zeros(0)]
        for block in rows.batches(1000):
            z = encoding.apply(block)
            distance = (z**2).sum(axis=1)[:, None] - 2 * z @ self.known.T + (self.known**2).sum(axis=1)
            nearest = np.argsort(distance, axis=1, kind="stable")[:, : int(self.neighbours)]
            parts.append(self.y[nearest].mean(axis=1))
        return Prediction(np.concatenate(parts).astype(np.float32))


@dataclass(frozen=True)
class Nearest:
    """Settings of the model: the fields of a frozen dataclass, as in --set model.nearest.neighbours=20."""

    info: ClassVar[ModelInfo] = ModelInfo(
        name="nearest",
        label="nearest rows",
        kind="other",
        meaning="mean of the training rows that are most like a row",
        feature_sets=TABLE_SETS,
        reference="Cover & Hart 1967, doi:10.1109/TIT.1967.1053964",
    )
    fitted: ClassVar[type[Fitted]] = FittedNearest

    neighbours: int = 10

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedNearest:
        """Keep the rows. The checks refuse in one line what cannot be fitted on; gaps become medians."""
        del valid, context  # rows to stop early by, and seed, threads, device: nothing here wants them
        names, y = some_columns(train.rows, self.info.label), checked_target(train)
        encoding = encode(train.rows, checked_weight(train.rows, train.weight))
        known = np.concatenate([encoding.apply(block) for block in train.rows.batches()])
        arrays = (encoding.median, encoding.indicated, encoding.mean, encoding.scale, known, y)
        return FittedNearest(np.array(names), *arrays, neighbours=np.asarray(min(self.neighbours, len(y))))
