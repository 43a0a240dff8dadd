"""Ridge regression on standardised columns: the best straight answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import SettingsError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight, some_columns
from .shared.refit_rows import concatenated, weight_key
from .shared.standardise import Encoding, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..array_types import Float64


@dataclass(frozen=True, eq=False)
class FittedRidge(NpzModel):
    """y = intercept + standardised columns @ coefficients; ``alpha`` is the penalty that was chosen."""

    columns: NDArray[np.str_]
    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64
    coefficients: Float64
    intercept: Float64
    alpha: Float64

    def predict(self, rows: Rows) -> Prediction:
        """In batches; ModelError where the columns are not those of training."""
        checked_columns(rows, tuple(str(name) for name in self.columns))
        encoding = Encoding(self.median, self.indicated, self.mean, self.scale)
        parts = [encoding.apply(block) @ self.coefficients for block in rows.batches()]
        return Prediction((self.intercept + np.concatenate([np.zeros(0), *parts])).astype(np.float32))


@dataclass(frozen=True)
class Ridge:
    """Least squares with an L2 penalty that is chosen from a grid of half decades.

    With a validation part the penalty with the least error there is taken, and the model fitted on
    both parts; without one, the least leave-one-out error decides. NaN becomes the training median
    with an indicator column. The normal equations are summed up in batches and their
    eigenvectors kept with the rows, so a million rows need little memory and a further target of
    the same rows or a further penalty costs next to nothing.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="ridge",
        label="ridge",
        kind="linear",
        meaning="linear in standardised columns, with an L2 penalty",
        feature_sets=TABLE_SETS,
        early_stopping_rows=True,
        reference="Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634",
    )
    fitted: ClassVar[type[Fitted]] = FittedRidge

    smallest: float = 1e-2
    """Least penalty of the grid, in rows (the columns have variance 1)."""
    largest: float = 1e5

    def __post_init__(self) -> None:
        if not 0 < self.smallest <= self.largest:
            raise SettingsError(
                f"model ridge: expected 0 < smallest <= largest, got {self.smallest} and {self.largest}"
            )

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedRidge:
        """Choose the penalty, then solve. ModelError for no columns, wrong targets or infinite values."""
        columns = some_columns(train.rows, self.info.label)
        alphas = self._grid()
        fit = _Regression(train)
        if valid is None:
            errors = fit.leave_one_out_errors(alphas)
        else:
            errors = fit.errors_on(valid, alphas)
            fit = _Regression(concatenated(train, valid))
        alpha = alphas[np.argmin(errors)]
        encoding = fit.normal.encoding
        return FittedRidge(
            columns=np.array(columns),
            median=encoding.median,
            indicated=encoding.indicated,
            mean=encoding.mean,
            scale=encoding.scale,
            coefficients=fit.coefficients(np.array([alpha]))[:, 0],
            intercept=np.asarray(fit.mean),
            alpha=np.asarray(alpha),
        )

    def _grid(self) -> Float64:
        low, high = np.log10([self.smallest, self.largest])
        return np.logspace(low, high, max(1, round(2 * (high - low)) + 1))


@dataclass(frozen=True, eq=False)
class _Normal:
    """Normal equations of rows without a target: Z'WZ = vectors diag(values) vectors'."""

    encoding: Encoding
    values: Float64
    vectors: Float64


class _Regression:
    """One target on the normal equations of its rows, for any number of penalties at once."""

    def __init__(self, data: TrainingData) -> None:
        rows, target = data.rows, checked_target(data)
        self.rows, self.target = rows, target
        self.weight = checked_weight(rows, data.weight)
        self.normal: _Normal = rows.prepared(("ridge", weight_key(data.weight)), lambda: _normal(rows, self.weight))
        self.mean = float(np.average(target, weights=self.weight))
        self._cross = np.zeros(len(self.normal.values))
        for part, z in _encoded(rows, self.normal.encoding):
            self._cross += z.T @ (self.weight[part] * (target[part] - self.mean))

    def coefficients(self, alphas: Float64) -> Float64:
        """float64[columns, penalties]."""
        shrunk = (self.normal.vectors.T @ self._cross)[:, None] / (self.normal.values[:, None] + alphas)
        solved: Float64 = self.normal.vectors @ shrunk
        return solved

    def errors_on(self, valid: TrainingData, alphas: Float64) -> Float64:
        """Sum of squared errors on validation rows, by penalty."""
        target = checked_target(valid, "validation rows")
        coefficients = self.coefficients(alphas)
        errors = np.zeros(len(alphas))
        for part, z in _encoded(valid.rows, self.normal.encoding):
            errors += ((target[part, None] - self.mean - z @ coefficients) ** 2).sum(axis=0)
        return errors

    def leave_one_out_errors(self, alphas: Float64) -> Float64:
        """Weighted sum of squared leave-one-out errors, by penalty: e_i / (1 - h_ii), exactly."""
        coefficients = self.coefficients(alphas)
        inverse = 1 / (self.normal.values[:, None] + alphas)
        errors = np.zeros(len(alphas))
        for part, z in _encoded(self.rows, self.normal.encoding):
            weight = self.weight[part, None]
            leverage = weight * ((z @ self.normal.vectors) ** 2 @ inverse + 1 / len(self.rows))
            residual = self.target[part, None] - self.mean - z @ coefficients
            errors += (weight * (residual / np.maximum(1 - leverage, _LEAST_SLACK)) ** 2).sum(axis=0)
        return errors


_LEAST_SLACK = 1e-10


def _normal(rows: Rows, weight: Float64) -> _Normal:
    encoding = encode(rows, weight)
    gram = sum(z.T @ (weight[part, None] * z) for part, z in _encoded(rows, encoding))
    values, vectors = np.linalg.eigh(gram)
    return _Normal(encoding, np.maximum(values, 0.0), vectors)


def _encoded(rows: Rows, encoding: Encoding) -> Iterator[tuple[slice, Float64]]:
    """Batches of standardised columns with their place among the rows."""
    start = 0
    for block in rows.batches():
        yield slice(start, start + len(block)), encoding.apply(block)
        start += len(block)
