"""Expected seconds of a piece of a comparison, from its size alone: by which pieces are cut, and the longest begun first.

Processor seconds of one thread, roughly as measured; what matters is the order and that every machine, however it is
built, cuts the same work into the same pieces. Whoever has measured the models on the data at hand gives ``costs`` of the
run's context instead, which then decide the order, never the pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ...models.base import Kind
from ...models.shared.held_out import CHOICE_ROWS
from .job_folds import FoldId


@dataclass(frozen=True)
class Part:
    """Piece of a comparison that one worker does at once: targets of one model and set, in some folds of a regime."""

    model: str
    kind: Kind
    features: str
    regime: str
    variant: str
    targets: tuple[str, ...]
    folds: tuple[FoldId, ...]
    n_rows: int
    """Training rows of a fold, in the mean over these folds."""
    n_columns: int
    n_fits: int
    """Fits in all of these folds together, those for intervals among them; one for all targets of a multi-target model."""
    rounds: int | None = None
    """Most rounds of a booster; None: it has no such setting."""


Costs: TypeAlias = Callable[[Part], float]
"""Expected seconds of a piece."""


@dataclass(frozen=True)
class FitCost:
    """Seconds of a fit of n rows: ``base``, and ``thousand`` for each thousand rows of 150 columns."""

    base: float
    thousand: float
    chosen: float = 0.0
    """Seconds for each thousand rows on which settings are chosen, no more than ``CHOICE_ROWS``."""


BY_KIND: Mapping[Kind, FitCost] = {
    "trivial": FitCost(0.0, 0.0003),
    "law": FitCost(0.02, 0.002),
    "linear": FitCost(0.05, 0.03),
    "other": FitCost(0.3, 0.3),
    "booster": FitCost(0.2, 0.1, chosen=0.4),
    "network": FitCost(60.0, 60.0),
    "ensemble": FitCost(5.0, 1.0),
}
"""Models of a kind, where nothing is known of the model itself."""
BY_MODEL: Mapping[str, FitCost] = {
    "ridge-quadratic": FitCost(0.1, 0.12),
    "extra-trees": FitCost(0.05, 0.45),
    "gaussian-process": FitCost(1.0, 0.05),
}
"""Models that differ from their kind."""
MOST_SECONDS = 900.0
"""A network stops by the clock."""
_USUAL_ROUNDS = 200
_ANYWAY, _USUAL_COLUMNS = 30, 150
"""Columns that the work on a row itself is worth, beside those that it has."""
_A_TARGET_MORE = 0.8
"""Share of a fit that each further target costs a model that learns several at once."""


def expected_seconds(part: Part) -> float:
    """Seconds of all fits of a piece."""
    cost = BY_MODEL.get(part.model, BY_KIND[part.kind])
    columns = (_ANYWAY + part.n_columns) / (_ANYWAY + _USUAL_COLUMNS)
    rounds = 1.0 if part.rounds is None else min(part.rounds, _USUAL_ROUNDS) / _USUAL_ROUNDS
    thousands, chosen_on = part.n_rows / 1000, min(part.n_rows, CHOICE_ROWS) / 1000
    fit = (cost.base + (cost.thousand * thousands + cost.chosen * chosen_on) * columns) * rounds
    if part.kind == "network":
        return part.n_fits * min(fit, MOST_SECONDS)
    together = len(part.targets) if part.n_fits < len(part.folds) * len(part.targets) else 1
    return part.n_fits * fit * (1 + _A_TARGET_MORE * (together - 1))
