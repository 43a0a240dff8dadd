"""A population of volumes and designs of which sets can be drawn at will, and a ridge that learns from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poregrove.pipelines.scoring.losses import ScoredRows
from poregrove.pipelines.splits.splits import split

SCALARS, DESCRIPTORS = 5, 5


@dataclass(frozen=True)
class Population:
    """Target = design + volume + interaction + noise; a ridge sees the linear part of the first two.

    Each share is a standard deviation; ``tail`` makes what designs hide skewed, as a few bad designs do.
    """

    name: str
    design: float = 1.0
    volume: float = 0.5
    design_rest: float = 0.6
    volume_rest: float = 0.4
    interaction: float = 0.4
    noise: float = 0.3
    tail: float = 0.0


POPULATIONS = (
    Population("predictable"),
    Population("hardly predictable", design=0.4, volume=0.3, design_rest=1.0),
    Population("skewed", tail=0.5),
)


@dataclass(frozen=True, eq=False)
class Set:
    """A complete crossing of V volumes with D designs: float64[V * D] each, and the columns that a ridge sees."""

    y: np.ndarray
    x: np.ndarray
    volume: np.ndarray
    design: np.ndarray

    @property
    def truth(self) -> ScoredRows:
        n = len(self.y)
        v, d = (part.astype(np.int32) for part in (self.volume, self.design))
        return ScoredRows("y", np.arange(n, dtype=np.int32), self.y, v, d, v, d, np.zeros(n, bool), np.full(n, np.nan))


def drawn(
    population: Population, n_volumes: int, n_designs: int, rng: np.random.Generator, *, like: Set | None = None
) -> Set:
    """A set of new volumes and designs, or another target of the volumes and designs of ``like``."""
    volume, design = np.repeat(np.arange(n_volumes), n_designs), np.tile(np.arange(n_designs), n_volumes)
    if like is None:
        scalars, descriptors = rng.normal(size=(n_designs, SCALARS)), rng.normal(size=(n_volumes, DESCRIPTORS))
    else:
        scalars, descriptors = like.x[:n_designs, :SCALARS], like.x[::n_designs, SCALARS:]
    hidden = rng.normal(size=n_designs)
    if population.tail:
        hidden = np.expm1(population.tail * hidden) / population.tail
    y = (
        population.design * scalars[design].sum(axis=1) / SCALARS**0.5
        + population.volume * descriptors[volume].sum(axis=1) / DESCRIPTORS**0.5
        + population.design_rest * hidden[design]
        + population.volume_rest * rng.normal(size=n_volumes)[volume]
        + population.interaction * scalars[design, 0] * descriptors[volume, 0]
        + population.noise * rng.normal(size=len(volume))
    )
    return Set(y, np.column_stack([scalars[design], descriptors[volume]]), volume, design)


def ridge(x: np.ndarray, y: np.ndarray, new: np.ndarray, penalty: float = 10.0) -> np.ndarray:
    """Predictions of ``new`` by a ridge with a fixed penalty."""
    centre, mean = x.mean(axis=0), y.mean()
    a = x - centre
    return mean + (new - centre) @ np.linalg.solve(a.T @ a + penalty * np.eye(x.shape[1]), a.T @ (y - mean))


def out_of_fold(given: Set, regime: str, deals: int, seed: int, *, penalty: float = 10.0):
    """Predictions of a ridge and of the mean of training, as a run stores them."""
    folds = split(regime, given.volume, given.design, folds=5, repeats=deals, seed=seed)
    parts = {"ridge": [], "mean": []}
    for fold in folds:
        x, y = given.x, given.y
        about = [fold.test, np.full(len(fold.test), fold.fold), np.full(len(fold.test), fold.repeat)]
        parts["ridge"].append([*about, ridge(x[fold.train], y[fold.train], x[fold.test], penalty)])
        parts["mean"].append([*about, np.full(len(fold.test), y[fold.train].mean())])
    return {name: stored(found) for name, found in parts.items()}


def stored(parts):
    """Parts of (row, fold, repeat, prediction) as one table of predictions without bounds."""
    row, fold, repeat, y = (np.concatenate(column) for column in zip(*parts, strict=True))
    nothing = np.full(len(row), np.nan)
    return {"row": row, "fold": fold, "repeat": repeat, "y_pred": y, "y_lo": nothing, "y_hi": nothing}
