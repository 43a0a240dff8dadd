"""Observed against predicted values, aggregated: hexagons for the cloud, quantile bands for its centre."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np

from ...array_types import Float64
from ..tables import Cell
from .context import Context, RegimeInfo, TargetInfo
from .estimate import Estimate
from .verdict import Candidate

N_ACROSS = 26
MAX_BANDS = 10
ROWS_A_BAND = 12
FRAME_TAIL = 0.005
"""Share of the predictions that may fall outside the frame at either end, so that one outlier does not rule it."""


@dataclass(frozen=True)
class Hexagon:
    """A hexagonal bin: its column and row on the lattice, and how many rows fell into it."""

    column: int
    row: int
    n: int


@dataclass(frozen=True)
class Band:
    """Rows of neighbouring predictions: median prediction, 5 %, 50 % and 95 % quantile of what was observed.

    ``claimed_lo`` and ``claimed_hi`` are the median bounds of the 90 % intervals that the model claims.
    """

    n: int
    predicted: float
    lo: float
    median: float
    hi: float
    claimed_lo: float = math.nan
    claimed_hi: float = math.nan

    @property
    def claims(self) -> bool:
        """The predictions of the band come with intervals, whose median bounds are known."""
        return not (math.isnan(self.claimed_lo) or math.isnan(self.claimed_hi))

    @property
    def residual(self) -> tuple[float, float, float]:
        """Observed minus predicted at the three quantiles."""
        return self.lo - self.predicted, self.median - self.predicted, self.hi - self.predicted


@dataclass(frozen=True)
class ParityPlot:
    """One candidate's out-of-fold predictions; ``low`` and ``high`` bound both axes, logarithms where ``log``."""

    candidate: Candidate
    r2: Estimate
    skill: Estimate
    log: bool
    low: float
    high: float
    hexagons: tuple[Hexagon, ...]
    bands: tuple[Band, ...]
    n: int
    n_outside: int
    n_not_positive: int

    @property
    def claimed(self) -> bool:
        """Whether some band comes with intervals."""
        return any(band.claims for band in self.bands)


@dataclass(frozen=True)
class Parity:
    """The best candidate of a target under its headline regime; ``reason`` where there is no plot."""

    target: TargetInfo
    regime: RegimeInfo | None
    plot: ParityPlot | None
    reason: str


def parity(context: Context, best: dict[str, Candidate | None]) -> tuple[Parity, ...]:
    """One entry a target; ``best`` names its best candidate."""
    return tuple(_parity(context, target, best.get(target.name)) for target in context.targets)


def _parity(context: Context, target: TargetInfo, candidate: Candidate | None) -> Parity:
    name = context.headline_regime(target)
    regime = context.regime(name) if name else None
    if candidate is None or name is None:
        return Parity(target, regime, None, "No model was scored on this target.")
    cell = Cell(target.name, candidate.model.name, candidate.features, name)
    predictions = context.run.predictions(cell)
    if predictions.empty or target.name not in context.run.rows.columns:
        return Parity(target, regime, None, "The run folder holds no predictions for this target.")
    if "repeat" in predictions:  # one deal shows the cloud, five would fill it
        predictions = predictions[predictions["repeat"] == predictions["repeat"].min()]
    observed = context.run.rows.set_index("row")[target.name].reindex(predictions["row"]).to_numpy("float64")
    told = [predictions[name].to_numpy("float64") for name in ("y_pred", "y_lo", "y_hi")]
    plot = _plot(context, target, candidate, cell, (observed, *told))
    return Parity(target, regime, plot, "" if plot else "No prediction meets a defined value.")


def _plot(
    context: Context, target: TargetInfo, candidate: Candidate, cell: Cell, values: tuple[Float64, ...]
) -> ParityPlot | None:
    """``values`` are observed, predicted and the bounds of the interval, one of each a prediction."""
    finite = np.isfinite(values[0]) & np.isfinite(values[1])
    observed, predicted, lo, hi = (part[finite] for part in values)
    n_before, log = len(observed), target.scale == "log"
    if log:
        positive = (observed > 0) & (predicted > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            # a bound at or below 0 has no logarithm: it lies beyond every frame
            observed, predicted, lo, hi = (np.log(part[positive]) for part in (observed, predicted, lo, hi))
    if not len(observed):
        return None
    low, high = _frame(observed, predicted)
    inside = (observed >= low) & (observed <= high) & (predicted >= low) & (predicted <= high)
    found = bands(predicted, observed, lo, hi)
    if log:
        found = tuple(Band(band.n, *map(float, np.exp(astuple(band)[1:]))) for band in found)
    return ParityPlot(
        candidate=candidate,
        r2=context.estimate(cell, "r2", target.scale),
        skill=context.estimate(cell, "skill", target.scale),
        log=log,
        low=low,
        high=high,
        hexagons=hexagons((predicted[inside] - low) / (high - low), (observed[inside] - low) / (high - low)),
        bands=found,
        n=len(observed),
        n_outside=int((~inside).sum()),
        n_not_positive=n_before - len(observed),
    )


def _frame(observed: Float64, predicted: Float64) -> tuple[float, float]:
    """Bounds for both axes: all observed values, predictions but for the tails."""
    tails = np.quantile(predicted, (FRAME_TAIL, 1 - FRAME_TAIL))
    low, high = float(min(observed.min(), tails[0])), float(max(observed.max(), tails[1]))
    margin = 0.04 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin


def hexagons(x: Float64, y: Float64, across: int = N_ACROSS) -> tuple[Hexagon, ...]:
    """Counts on a lattice of pointy hexagons over the unit square.

    Centres lie at ((column + row % 2 / 2) / across, row sqrt(3)/2 / across). Each point goes to the nearest
    centre, found among the two rectangular lattices that the even and the odd rows form (Carr et al. 1987,
    doi:10.1080/01621459.1987.10478445).
    """
    step = np.sqrt(3) / across
    column_even, pair_even = np.rint(x * across), np.rint(y / step)
    column_odd, pair_odd = np.rint(x * across - 0.5), np.rint(y / step - 0.5)
    distance_even = (x - column_even / across) ** 2 + (y - pair_even * step) ** 2
    distance_odd = (x - (column_odd + 0.5) / across) ** 2 + (y - (pair_odd + 0.5) * step) ** 2
    odd = distance_odd < distance_even
    columns = np.where(odd, column_odd, column_even).astype(int)
    rows = np.where(odd, 2 * pair_odd + 1, 2 * pair_even).astype(int)
    cells, counts = np.unique(np.stack([rows, columns]), axis=1, return_counts=True)
    return tuple(Hexagon(int(column), int(row), int(n)) for row, column, n in zip(*cells, counts, strict=True))


def bands(
    predicted: Float64, observed: Float64, lo: Float64 | None = None, hi: Float64 | None = None
) -> tuple[Band, ...]:
    """Quantiles of the observed values over groups of neighbouring predictions, equal in size.

    ``lo`` and ``hi`` are bounds of intervals, NaN where a prediction has none.
    """
    order = np.argsort(predicted, kind="stable")
    n_bands = int(np.clip(len(order) // ROWS_A_BAND, 1, MAX_BANDS))
    found = []
    for part in np.array_split(order, n_bands):
        quantiles = map(float, np.quantile(observed[part], (0.05, 0.5, 0.95)))
        claimed = (_median(bound[part]) if bound is not None else math.nan for bound in (lo, hi))
        found.append(Band(len(part), float(np.median(predicted[part])), *quantiles, *claimed))
    return tuple(found)


def _median(values: Float64) -> float:
    """The median where all values are known."""
    return math.nan if np.isnan(values).any() else float(np.median(values))
