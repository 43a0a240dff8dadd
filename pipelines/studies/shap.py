"""TreeSHAP of out-of-fold rows, summed over families and held against the folds it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats
from ...models.base import Rows
from ...models.shared.contributions import Explained
from .jobs import Row
from .stability import ranks, stable

SHOWN_COLUMNS = 15
"""Columns of a beeswarm."""
FEWEST = 3
"""Rows below which a rank correlation means nothing."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Contributions float64[n, p] of n out-of-fold rows by the model of one fold, and the values of their columns."""

    columns: tuple[str, ...]
    contributions: Floats
    values: Floats
    row: NDArray[Any]

    @classmethod
    def of(cls, fitted: Explained, rows: Rows, row: NDArray[Any]) -> Explanation:
        """Contributions by a fitted model for rows that it has not seen."""
        found = fitted.contributions(rows)
        return cls(found.columns, found.values, rows.matrix().astype(np.float64), row)


def explained_rows(folds: Sequence[Explanation], families: Sequence[str]) -> Iterator[Row]:
    """Rows of kind ``shap`` by column and by family.

    A family's contribution to a row is the sum of its columns', so what they give and take from one
    another cancels before the absolute value is taken.
    """
    columns = folds[0].columns
    directions = np.array([_directions(fold.values, fold.contributions) for fold in folds])
    overall = _directions(np.concatenate([fold.values for fold in folds]), _stacked(folds))
    yield from _level("column", dict(zip(columns, families, strict=True)), _each(folds), directions, overall)
    names = tuple(dict.fromkeys(families))
    member = np.array([[family == name for name in names] for family in families], np.float64)
    summed = [part @ member for part in _each(folds)]
    nothing = np.full((len(folds), len(names)), np.nan)
    yield from _level("family", dict(zip(names, names, strict=True)), summed, nothing, nothing[0])


def shap_points(folds: Sequence[Explanation]) -> Iterator[Row]:
    """One point for each sampled row and each of the columns that contribute most."""
    size = np.abs(_stacked(folds)).mean(axis=0)
    for column in np.argsort(-size, kind="stable")[:SHOWN_COLUMNS]:
        for fold in folds:
            for number, row in enumerate(fold.row):
                yield {
                    "column": fold.columns[column],
                    "contribution": float(fold.contributions[number, column]),
                    "feature": float(fold.values[number, column]),
                    "row": int(row),
                }


def _level(
    level: str, families: Mapping[str, str], contributions: Sequence[Floats], directions: Floats, overall: Floats
) -> Iterator[Row]:
    """Rows of one level, whose items and their families are ``families``."""
    by_fold = np.array([np.abs(part).mean(axis=0) for part in contributions])
    value = np.abs(np.concatenate(contributions)).mean(axis=0)
    place, holds = ranks(value), stable(by_fold, directions)
    for number, (name, family) in enumerate(families.items()):
        yield {
            "kind": "shap",
            "level": level,
            "name": name,
            "family": family,
            "members": "",
            "value": float(value[number]),
            "lo": float(by_fold[:, number].min()),
            "hi": float(by_fold[:, number].max()),
            "direction": float(overall[number]),
            "rank": int(place[number]),
            "n_folds": len(contributions),
            "stable": bool(holds[number]),
        }


def _each(folds: Sequence[Explanation]) -> list[Floats]:
    return [fold.contributions for fold in folds]


def _stacked(folds: Sequence[Explanation]) -> Floats:
    return np.concatenate(_each(folds))


def _directions(values: Floats, contributions: Floats) -> Floats:
    """float64[p]: Spearman's correlation of each column's finite values with its contributions, NaN where either is constant."""
    return np.array([_spearman(a, b) for a, b in zip(values.T, contributions.T, strict=True)])


def _spearman(a: Floats, b: Floats) -> float:
    from scipy.stats import rankdata

    known = np.isfinite(a)
    a, b = a[known], b[known]
    if len(a) < FEWEST or not np.ptp(a) or not np.ptp(b):
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])
