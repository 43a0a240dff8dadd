"""Base of linear models: standardised raw and log columns, penalties chosen by groups, predictions kept in range."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .arrays import NpzModel
from .checks import checked_columns, checked_target, checked_weight, some_columns
from .clipping import target_range
from .linear_columns import LinearColumns
from .linear_system import LinearSystem, system_of, whole_of
from .log_columns import LogColumns
from .standardise import Encoding

if TYPE_CHECKING:
    from ...array_types import Float64
    from .linear_system import Whole


@dataclass(frozen=True, eq=False)
class FittedLinear(NpzModel):
    """y = intercept + standardised columns @ coefficients, no further than ``low`` and ``high``.

    ``penalty`` are the numbers that were chosen, in the order of ``penalty_names``.
    """

    columns: NDArray[np.str_]
    log_positions: NDArray[np.intp]
    log_least: Float64
    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64
    kind: NDArray[np.intp]
    pairs: NDArray[np.intp]
    pair_mean: Float64
    pair_scale: Float64
    coefficients: Float64
    intercept: Float64
    low: Float64
    high: Float64
    penalty: Float64
    penalty_names: NDArray[np.str_]

    @property
    def diagnostics(self) -> Mapping[str, float]:
        """The penalties that were chosen."""
        return {str(name): float(value) for name, value in zip(self.penalty_names, self.penalty, strict=True)}

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches; ModelError where the columns are not those of training."""
        checked_columns(rows, tuple(str(name) for name in self.columns))
        seen = LinearColumns(
            LogColumns(self.log_positions, self.log_least),
            Encoding(self.median, self.indicated, self.mean, self.scale),
            self.kind,
            self.pairs,
            self.pair_mean,
            self.pair_scale,
        )
        parts = [z @ self.coefficients for _, z in seen.batches(rows)]
        y = self.intercept + np.concatenate([np.zeros(0), *parts])
        return Prediction.clipped(y, float(self.low), float(self.high))


@dataclass(frozen=True)
class LinearModel(ABC):
    """Base of the linear models, which differ in how they penalise coefficients.

    They see raw columns and, of those declared to span decades, logarithms beside them; gaps become the training median
    with an indicator column. Penalties are chosen by folds that cut the training rows in the dimensions in
    which test rows are new (at most 20,000 rows, drawn evenly): twelve blocks of volumes x designs, or ten
    parts of one dimension. Then all rows are fitted; nothing is set aside. Errors are counted as predictions are
    made, kept to the range of the targets that were fitted, widened by a tenth.
    """

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]] = FittedLinear
    products: ClassVar[bool] = False

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedLinear:
        """Choose the penalties, then solve. ModelError for no columns, wrong targets or infinite values."""
        names = some_columns(train.rows, self.info.label)
        target = checked_target(train)
        weight = checked_weight(train.rows, train.weight)
        system = system_of(train, context, products=self.products)
        offset, spread = float(np.average(target, weights=weight)), float(target.std())
        constant = not spread > np.finfo(np.float32).eps * abs(offset)
        y = (target - offset) / (1.0 if constant else spread)
        whole = whole_of(train, system.columns, y)
        penalty: Mapping[str, float]
        if constant:
            coefficients, penalty = np.zeros(len(whole.mean)), dict.fromkeys(self._penalty_names, np.nan)
        else:
            coefficients, penalty = self._solved(system, y[system.rows], whole)
        columns, (low, high) = system.columns, target_range(target)
        scaled = coefficients * (1.0 if constant else spread)
        return FittedLinear(
            columns=np.array(names),
            log_positions=columns.logs.positions,
            log_least=columns.logs.least,
            median=columns.encoding.median,
            indicated=columns.encoding.indicated,
            mean=columns.encoding.mean,
            scale=columns.encoding.scale,
            kind=columns.kind,
            pairs=columns.pairs,
            pair_mean=columns.pair_mean,
            pair_scale=columns.pair_scale,
            coefficients=scaled,
            intercept=np.asarray(offset + (0.0 if constant else spread) * whole.y_mean - whole.mean @ scaled),
            low=np.asarray(low),
            high=np.asarray(high),
            penalty=np.array(list(penalty.values()), np.float64),
            penalty_names=np.array(list(penalty)),
        )

    _penalty_names: ClassVar[tuple[str, ...]]

    @abstractmethod
    def _solved(self, system: LinearSystem, y: Float64, whole: Whole) -> tuple[Float64, Mapping[str, float]]:
        """Coefficients of the standardised columns, float64[P], and the penalties chosen, by ``_penalty_names``.

        y: float64 of ``system.rows``, the standardised target.
        """


def squared_errors(system: LinearSystem, part: int, y: Float64, y_mean: float, coefficients: Float64) -> Float64:
    """float64[k]: summed squared errors on the test rows of a part, of k vectors of coefficients, kept in range."""
    of = system.parts[part]
    low, high = target_range(y[of.fit])
    predicted = np.clip(y_mean + of.test @ coefficients, low, high)
    errors: Float64 = system.weight[of.test_rows] @ (y[of.test_rows, None] - predicted) ** 2
    return errors
