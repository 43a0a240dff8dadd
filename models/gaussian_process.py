"""Gaussian process regression, for small sets: smooth, and with its own intervals."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS, checked_columns, checked_size, checked_target, checked_weight, some_columns
from .shared.standardise import Encoding, encode
from .shared.threads import thread_limit

if TYPE_CHECKING:
    from ..array_types import Float64

Z90 = 1.6448536269514722
"""Half width of a central 90 % interval of the normal distribution, in standard deviations."""


@dataclass(frozen=True, eq=False)
class FittedGaussianProcess(NpzModel):
    """Training points, Cholesky factor and kernel parameters (signal, length, noise).

    mean K*' K^-1 y and variance k** - K*' K^-1 K* are written out (Rasmussen & Williams 2006,
    algorithm 2.1), so that the loaded model needs no pickle.
    """

    columns: NDArray[np.str_]
    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64
    points: Float64
    factor: Float64
    dual: Float64
    kernel: Float64
    offset: Float64
    spread: Float64

    def predict(self, rows: Rows) -> Prediction:
        """Means and the 90 % interval of a new observation."""
        from scipy.linalg import solve_triangular

        checked_columns(rows, tuple(str(name) for name in self.columns))
        encoding = Encoding(self.median, self.indicated, self.mean, self.scale)
        signal, length, noise = self.kernel
        means, deviations = [np.zeros(0)], [np.zeros(0)]
        for block in rows.batches():
            cross = _matern(encoding.apply(block), self.points, signal, length)
            explained = solve_triangular(self.factor, cross.T, lower=True)
            means.append(cross @ self.dual)
            deviations.append(np.sqrt(np.maximum(signal + noise - (explained**2).sum(axis=0), 0.0)))
        y = self.offset + self.spread * np.concatenate(means)
        half = Z90 * self.spread * np.concatenate(deviations)
        return Prediction(y.astype(np.float32), (y - half).astype(np.float32), (y + half).astype(np.float32))


@dataclass(frozen=True)
class GaussianProcess:
    """Signal x Matérn 5/2 of the distance in standardised columns + noise, by maximum likelihood.

    One length for all columns: a hundred of them cannot each be given one from some hundred rows.
    Gaps are filled as for ridge. Rows weigh the same; weights are refused.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="gaussian-process",
        label="Gaussian process",
        kind="other",
        meaning="smooth function of the distance in standardised columns",
        feature_sets=TABLE_SETS,
        max_rows=1_500,
        default=False,
        reference="Rasmussen & Williams 2006, Gaussian Processes for Machine Learning",
    )
    fitted: ClassVar[type[Fitted]] = FittedGaussianProcess

    restarts: int = 1
    """Further starts of the likelihood's search, from random parameters."""
    least_noise: float = 1e-6
    """Lower bound of the noise variance (the target has variance 1)."""

    def __post_init__(self) -> None:
        check_positive(self.info.name, restarts=self.restarts + 1, least_noise=self.least_noise)

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedGaussianProcess:
        """Maximise the likelihood. ModelError for no columns, too many rows, weights or wrong values."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

        rows = train.rows
        columns = some_columns(rows, self.info.label)
        target = checked_target(train)
        checked_size(rows, self.info)
        if train.weight is not None:
            raise ModelError(f"{self.info.label}: expected no weights, all rows weigh the same here")
        encoding = rows.prepared(("gaussian-process",), lambda: encode(rows, checked_weight(rows, None)))
        points = encoding.apply(rows.matrix())
        width = np.sqrt(points.shape[1])
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern(width, (0.05 * width, 100 * width), nu=2.5) + WhiteKernel(
            0.1, (self.least_noise, 1e1)
        )
        offset, spread = float(target.mean()), float(target.std())
        spread = spread if spread > np.finfo(np.float32).eps * abs(offset) else 1.0
        search = GaussianProcessRegressor(
            kernel, n_restarts_optimizer=self.restarts, random_state=context.seed, alpha=1e-10
        )
        with warnings.catch_warnings(), thread_limit(context.threads):
            # a parameter at its bound is an answer: no noise, or no signal
            warnings.simplefilter("ignore", ConvergenceWarning)
            search.fit(points, (target - offset) / spread)
        signal, length, noise = np.exp(search.kernel_.theta)
        return FittedGaussianProcess(
            columns=np.array(columns),
            median=encoding.median,
            indicated=encoding.indicated,
            mean=encoding.mean,
            scale=encoding.scale,
            points=points,
            factor=search.L_,
            dual=search.alpha_,
            kernel=np.array([signal, length, noise]),
            offset=np.asarray(offset),
            spread=np.asarray(spread),
        )


def _matern(left: Float64, right: Float64, signal: float, length: float) -> Float64:
    """float64[n, m]: signal (1 + s + s^2 / 3) exp(-s), s = sqrt(5) distance / length."""
    from scipy.spatial.distance import cdist

    scaled = np.sqrt(5) * cdist(left, right) / length
    covariance: Float64 = signal * (1 + scaled + scaled**2 / 3) * np.exp(-scaled)
    return covariance
