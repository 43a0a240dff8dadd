"""Gaussian process regression over volumes and designs: smooth, and with its own intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight, some_columns
from .shared.clipping import target_range
from .shared.crossed_kernel import CENTRE, PARAMETERS, SPREAD, Side, covariance, used, variance, with_slopes
from .shared.log_columns import LogColumns
from .shared.standardise import Encoding, encode
from .shared.threads import thread_limit

if TYPE_CHECKING:
    from ..array_types import Float32, Float64, Ints

Positions = tuple[NDArray[np.intp], NDArray[np.intp], int]
KEY = ("porosity", "tortuosity_factor_z", "specific_surface")
"""Descriptors with a length and a linear term of their own."""
Z90 = 1.6448536269514722
"""Half width of a central 90 % interval of the normal distribution, in standard deviations."""
BATCH = 5_000
"""Rows predicted at a time: each is compared with every training point."""
BEYOND = 2.0
"""Inputs are taken for no further than this many training ranges beyond the training range."""
_JITTER = 1e-8


@dataclass(frozen=True, eq=False)
class FittedGaussianProcess(NpzModel):
    """Training points, the Cholesky factor and the parameters of the kernel, in the order of ``crossed_kernel``.

    mean K*' K^-1 y and variance k** - K*' K^-1 K* are written out (Rasmussen & Williams 2006,
    algorithm 2.1), so that the loaded model needs no pickle.
    """

    columns: NDArray[np.str_]
    designs: NDArray[np.intp]
    """Positions of the encoded columns that belong to designs and vary ..."""
    volumes: NDArray[np.intp]
    """... and of those that belong to volumes, the key ones first."""
    key: NDArray[np.intp]
    """Number of key descriptors."""
    log_positions: NDArray[np.intp]
    log_least: Float64
    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64
    nearest: Float64
    furthest: Float64
    points: Float64
    factor: Float64
    dual: Float64
    kernel: Float64
    offset: Float64
    spread: Float64
    low: Float64
    high: Float64

    @property
    def diagnostics(self) -> Mapping[str, float]:
        """Number of points fitted, and the variances of the kernel, of which the target has 1."""
        variances = {
            name: float(self.kernel[PARAMETERS.index(name)]) for name in ("design", "volume", "product", "noise")
        }
        return {"points": float(len(self.points)), **variances}

    def predict(self, rows: Rows) -> Prediction:
        """Means, kept to the range of the training targets widened by a tenth, and the 90 % interval of a new observation."""
        from scipy.linalg import solve_triangular

        checked_columns(rows, tuple(str(name) for name in self.columns))
        training = _sides(self.points, self.designs, self.volumes, int(self.key))
        means, deviations = [np.zeros(0)], [np.zeros(0)]
        for block in rows.batches(BATCH):
            new = _sides(self.seen(block), self.designs, self.volumes, int(self.key))
            cross = covariance(self.kernel, new, training)
            explained = solve_triangular(self.factor, cross.T, lower=True)
            means.append(cross @ self.dual)
            deviations.append(np.sqrt(np.maximum(variance(self.kernel, new) - (explained**2).sum(axis=0), 0.0)))
        y, kept = self._kept(means)
        half = Z90 * self.spread * np.concatenate(deviations)
        lo, hi = np.minimum(y - half, kept), np.maximum(y + half, kept)
        return Prediction(*(values.astype(np.float32) for values in (kept, lo, hi, y)))

    def values(self, rows: Rows) -> Prediction:
        """The same without the interval, which takes four fifths of the time."""
        checked_columns(rows, tuple(str(name) for name in self.columns))
        training = _sides(self.points, self.designs, self.volumes, int(self.key))
        means = [np.zeros(0)]
        for block in rows.batches(BATCH):
            new = _sides(self.seen(block), self.designs, self.volumes, int(self.key))
            means.append(covariance(self.kernel, new, training) @ self.dual)
        y, kept = self._kept(means)
        return Prediction(kept.astype(np.float32), unclipped=y.astype(np.float32))

    def _kept(self, means: Sequence[Float64]) -> tuple[Float64, Float64]:
        """Means of all batches on the scale of the target, and kept to their range."""
        y = self.offset + self.spread * np.concatenate(means)
        return y, np.clip(y, self.low, self.high)

    def seen(self, block: Float32) -> Float64:
        """float64[n, p]: the standardised columns."""
        encoding = Encoding(self.median, self.indicated, self.mean, self.scale)
        logs = LogColumns(self.log_positions, self.log_least)
        return np.clip(encoding.apply(logs.replaced(block)), self.nearest, self.furthest)


@dataclass(frozen=True)
class GaussianProcess:
    """Matérn 5/2 of designs, of volumes and of both (their product), nuggets of each, a linear term, and noise.

    A length of its own for designs and for volumes: a hundred columns cannot each be given one from some
    hundred rows, but the fifteen scalars and the descriptors need not have the same,
    and porosity, tortuosity factor and specific surface have one too, and a linear term, lest they be lost among hundreds. Physics features are
    left to the product of both. Of many rows at most ``max_points`` are fitted, drawn evenly, and
    ``search_points`` find the parameters, by the likelihood and a wide prior; so there is no upper limit of rows.
    Logarithms replace the columns that are declared to span decades. A row of weight w has 1/w of the noise.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="gaussian-process",
        label="Gaussian process",
        kind="other",
        meaning="smooth function of designs, of volumes and of both",
        feature_sets=TABLE_SETS,
        reference="Rasmussen & Williams 2006, Gaussian Processes for Machine Learning; Duvenaud et al. 2011, arXiv:1112.4394",
    )
    fitted: ClassVar[type[Fitted]] = FittedGaussianProcess

    max_points: int = 1_500
    """Most rows that are fitted."""
    search_points: int = 400
    """Most rows on which the parameters of the kernel are found."""
    steps: int = 40
    """Most steps of the search."""
    least_noise: float = 1e-6
    """Lower bound of the noise variance (the target has variance 1)."""

    def __post_init__(self) -> None:
        check_positive(
            self.info.name,
            max_points=self.max_points,
            search_points=self.search_points,
            steps=self.steps,
            least_noise=self.least_noise,
        )

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedGaussianProcess:
        """Maximise the likelihood. ModelError for no columns or wrong values."""
        columns = some_columns(train.rows, self.info.label)
        target = checked_target(train)
        weight = checked_weight(train.rows, train.weight)
        logs, encoding, of, nearest, furthest = train.rows.prepared(("gaussian-process",), lambda: _seen(train.rows))
        offset = float(np.average(target, weights=weight))
        spread = float(np.sqrt(np.average((target - offset) ** 2, weights=weight)))
        spread = spread if spread > np.finfo(np.float32).eps * abs(offset) else 1.0
        low, high = target_range(target)
        few, many = (_evenly(train.rows, weight, most, context.seed) for most in (self.search_points, self.max_points))

        def at(chosen: Ints) -> tuple[Float64, Float64, Float64]:
            block = logs.replaced(train.rows.take(chosen).matrix())
            z = np.clip(encoding.apply(block), nearest, furthest)
            return z, (target[chosen] - offset) / spread, 1 / weight[chosen]

        with thread_limit(context.threads):
            kernel = self._kernel(*at(few), of)
            points, y, noise = at(many)
            total, _ = with_slopes(kernel, _sides(points, *of), noise)
            factor, dual = _factor(total, y)
        return FittedGaussianProcess(
            columns=np.array(columns),
            designs=of[0],
            volumes=of[1],
            key=np.asarray(of[2]),
            log_positions=logs.positions,
            log_least=logs.least,
            median=encoding.median,
            indicated=encoding.indicated,
            mean=encoding.mean,
            scale=encoding.scale,
            nearest=nearest,
            furthest=furthest,
            points=points,
            factor=factor,
            dual=dual,
            kernel=kernel,
            offset=np.asarray(offset),
            spread=np.asarray(spread),
            low=np.asarray(low),
            high=np.asarray(high),
        )

    def _kernel(self, points: Float64, y: Float64, noise: Float64, of: Positions) -> Float64:
        """The parameters with the largest posterior density, from the middle of the prior."""
        from scipy.optimize import minimize

        sides = _sides(points, *of)
        taken = used(sides[0].points.shape[1], sides[1].points.shape[1], of[2])
        middle = np.log(np.maximum(CENTRE, self.least_noise))

        def loss(free: Float64) -> tuple[float, Float64]:
            logarithms = middle.copy()
            logarithms[taken] = free
            total, slopes = with_slopes(np.where(taken, np.exp(logarithms), 0.0), sides, noise)
            factor, dual = _factor(total, y)
            inverse = _inverse(factor)
            surplus = inverse - np.outer(dual, dual)
            away = (free - middle[taken]) / SPREAD
            value = 0.5 * y @ dual + np.log(np.diag(factor)).sum() + 0.5 * away @ away
            slope = [
                0.5 * np.vdot(surplus, part)
                for part, kept in zip(slopes, taken, strict=True)
                if kept and part is not None
            ]
            return float(value), np.array(slope) + away / SPREAD

        bounds = [(centre - 4 * SPREAD, centre + 3 * SPREAD) for centre in middle[taken]]
        at = int(taken[:7].sum())
        bounds[at] = (float(np.log(self.least_noise)), bounds[at][1])
        found = minimize(
            loss, middle[taken], jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": self.steps}
        )
        logarithms = middle.copy()
        logarithms[taken] = found.x
        return np.where(taken, np.exp(logarithms), 0.0)


def _seen(rows: Rows) -> tuple[LogColumns, Encoding, Positions, Float64, Float64]:
    """Encode the columns: logarithms, the encoding, positions of designs and of volumes, and bounds."""
    logs = LogColumns.of(rows)
    encoding = encode(rows, checked_weight(rows, None), logs.replaced)
    kind = np.repeat([0, 1, 2], [len(rows.columns.descriptors), len(rows.columns.designs), len(rows.columns.joined)])
    kind = np.concatenate([kind, kind[encoding.indicated]])
    varies = np.isfinite(encoding.scale)
    low, high = np.full(len(kind), np.inf), np.full(len(kind), -np.inf)
    for block in rows.batches():
        z = encoding.apply(logs.replaced(block))
        low, high = np.minimum(low, z.min(axis=0)), np.maximum(high, z.max(axis=0))
    width = high - low
    names = np.array([*rows.columns.names, *("" for _ in encoding.indicated)])
    volumes = np.flatnonzero(varies & (kind == 0))
    keys = np.isin(names[volumes], KEY)
    of = np.flatnonzero(varies & (kind == 1)), np.concatenate([volumes[keys], volumes[~keys]]), int(keys.sum())
    return logs, encoding, of, low - BEYOND * width, high + BEYOND * width


def _sides(points: Float64, designs: NDArray[np.intp], volumes: NDArray[np.intp], key: int) -> tuple[Side, Side]:
    return Side.distinct(points[:, designs]), Side.distinct(points[:, volumes], key)


def _evenly(rows: Rows, weight: Float64, most: int, seed: int) -> Ints:
    """Positions of at most ``most`` rows of some weight: as many of each design as can be, and of each volume."""
    chosen = np.flatnonzero(weight > 0)
    if len(chosen) <= most:
        return chosen
    chosen = np.random.default_rng([seed, 0x6A]).permutation(chosen)
    turns = [_turn(of[chosen]) for of in (rows.volume, rows.design)]
    return np.sort(chosen[np.lexsort(turns)[:most]])


def _turn(group: Ints) -> Ints:
    """int[n]: how many rows of its group come before each."""
    order = np.argsort(group, kind="stable")
    _, first, size = np.unique(group[order], return_index=True, return_counts=True)
    turn = np.empty(len(group), np.intp)
    turn[order] = np.arange(len(group)) - np.repeat(first, size)
    return turn


def _factor(total: Float64, y: Float64) -> tuple[Float64, Float64]:
    """The Cholesky factor of the covariance and K^-1 y."""
    from scipy.linalg import cho_solve

    factor = np.linalg.cholesky(total + _JITTER * np.trace(total) / len(total) * np.eye(len(total)))
    return factor, cho_solve((factor, True), y)


def _inverse(factor: Float64) -> Any:
    from scipy.linalg import cho_solve

    return cho_solve((factor, True), np.eye(len(factor)))
