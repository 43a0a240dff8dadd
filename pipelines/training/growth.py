"""Growth of a fit's time with its rows: a few timed fits at doubling sizes, and the line through their logarithms."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from ...array_types import Ints
from ...models.base import Model, Rows
from .fit import FitProcedure, FitRows

FEWEST_ROWS = 32
MOST_ROWS = 50_000
ROUNDS = 30
"""Rounds of a timed fit of a booster: each costs the same, so more would say nothing new."""
REPEATS = 3
REPEATED_SHARE = 0.05
"""A fit that took more than this share of the time there is, is timed once only."""
FITTED_SIZES = 4
"""Sizes that the exponent comes from, the largest ones: small fits cost what starting a fit costs."""


Bound = Literal["likely", "low", "high"]
LINEAR = 1.0


@dataclass(frozen=True)
class Growth:
    """Timed fits, ascending by rows, and the extrapolation to larger ones.

    ``exponent`` is the slope of ln seconds against ln rows over the largest sizes, ``low`` and
    ``high`` the least and the greatest slope between neighbours among them; ``per_row`` the seconds that
    a row adds, by the straight line through all sizes with relative errors of one size.
    """

    rows: tuple[int, ...]
    seconds: tuple[float, ...]
    exponent: float
    low: float
    high: float
    per_row: float

    def times(self, rows: float, target: float, bound: Bound = "likely") -> float:
        """Ratio of the time of a fit of ``target`` rows to that of ``rows``."""
        return self.at(target, bound) / self.at(rows, bound)

    def at(self, rows: float, bound: Bound = "likely") -> float:
        """Seconds of a fit: interpolated between the sizes that were timed, a law beyond the largest.

        A fit that so far grew more slowly than its rows spends its time on starting, and each further row
        adds what a row added; one that grew faster is extrapolated by its power law. ``low`` and ``high`` are the
        power laws of the extreme slopes, the latter at least linear.
        """
        last, seconds = self.rows[-1], self.seconds[-1]
        if rows <= last:
            return float(np.exp(np.interp(np.log(rows), np.log(self.rows), np.log(self.seconds))))
        if bound == "likely" and self.exponent < LINEAR and self.per_row > 0:
            return seconds + self.per_row * (rows - last)
        extremes = {
            "likely": self.exponent,
            "low": min(self.low, self.exponent),
            "high": max(self.high, self.exponent, LINEAR),
        }
        return float(seconds * (rows / last) ** extremes[bound])


def growth_of(rows: Sequence[int], seconds: Sequence[float]) -> Growth | None:
    """The growth of timed fits, ascending by rows; None where fewer than three sizes were timed."""
    if len(rows) < 3:  # noqa: PLR2004  two points cannot distinguish a law from an accident
        return None
    x, y = np.log(rows[-FITTED_SIZES:]), np.log(seconds[-FITTED_SIZES:])
    steps = np.diff(y) / np.diff(x)
    return Growth(
        tuple(rows),
        tuple(seconds),
        exponent=float(np.polyfit(x, y, 1)[0]),
        low=float(steps.min()),
        high=float(steps.max()),
        per_row=float(np.polyfit(rows, seconds, 1, w=1 / np.asarray(seconds))[0]),
    )


def timed_fits(
    procedure: FitProcedure,
    rows: Rows,
    at: Ints,
    target: str,
    *,
    first: int,
    most: int = MOST_ROWS,
    seconds: float,
    seed: int = 0,
) -> tuple[list[tuple[int, float]], str | None]:
    """(rows, processor seconds) of fits at doubling sizes from ``first`` on, until ``seconds`` are spent, and what a reader must know.

    Beyond the rows ``at`` which there are, rows are drawn more than once: the time of a fit hardly asks whether a
    row is new. Fits take no validation part, so that all sizes are boosted for the same number of rounds:
    what a larger set gains by longer boosting is no part of the growth.
    """
    rng = np.random.default_rng([seed, 0xC057])
    size, note, info, left = max(FEWEST_ROWS, first), None, procedure.model.info, seconds
    if info.max_rows is not None and most > info.max_rows:
        most, note = info.max_rows, f"refuses more than {info.max_rows} rows"
    timed: list[tuple[int, float]] = []

    def fit(chosen: Ints) -> None:
        procedure.fit(FitRows.taken(rows, chosen, chosen[:0], chosen[:0]), target, seed)

    fit(at[:size])  # the first fit also loads the library
    while size <= most:
        chosen = rng.choice(at, size, replace=size > len(at))
        spent: list[float] = []
        while len(spent) < REPEATS and (not spent or spent[-1] < REPEATED_SHARE * seconds):
            began = time.process_time()
            fit(chosen)
            spent.append(time.process_time() - began)
            left -= spent[-1]
        timed.append((size, float(np.median(spent))))
        if left < 2 * timed[-1][1]:
            break
        size *= 2
    return timed, note


def short(model: Model) -> Model:
    """A booster with few rounds, which are not chosen; any other model as it is."""
    settings: Any = model
    names = {item.name for item in fields(settings)}
    few = {"rounds_unvalidated": ROUNDS, "choose": False}
    changes = {name: value for name, value in few.items() if name in names}
    return replace(settings, **changes) if "rounds_unvalidated" in changes else settings  # type: ignore[no-any-return]
