"""Importance of columns: contributions by family and by column, and a sample of them row by row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .context import Context
from .estimate import Estimate, Sign, estimate, number
from .labels import humanised
from .study_rows import Records, Subject, subjects

N_COLUMNS = 12
N_POINTS = 160
"""Points of one column in a beeswarm."""
N_LEVELS = 5
CLEAR = 0.3
"""Rank correlation from which a direction is stated."""


@dataclass(frozen=True)
class Item:
    """A column, family or group with its weight; the bounds are the least and the greatest over folds."""

    name: str
    label: str
    family: str
    members: tuple[str, ...]
    weight: Estimate
    direction: float
    rank: int
    stable: bool

    @property
    def sign(self) -> Sign:
        """Whether more of the column raises the prediction or lowers it."""
        if math.isnan(self.direction) or abs(self.direction) < CLEAR:
            return "undetermined"
        return "positive" if self.direction > 0 else "negative"


@dataclass(frozen=True)
class Swarm:
    """Contributions of one column in a sample of rows; ``levels`` divide its values into fifths, 0 the lowest."""

    column: str
    contributions: tuple[float, ...]
    levels: tuple[int, ...]


@dataclass(frozen=True)
class Importance:
    """One subject: SHAP by family and column, permutation by group or column, and swarms of the first columns."""

    about: Subject
    families: tuple[Item, ...]
    columns: tuple[Item, ...]
    n_columns: int
    permuted: tuple[Item, ...]
    n_permuted: int
    swarms: tuple[Swarm, ...]
    n_points: int


@dataclass(frozen=True)
class Importances:
    """All subjects, or the reason why there are none."""

    found: tuple[Importance, ...]
    reason: str


def importances(context: Context) -> Importances:
    """importance.parquet with the points of shap_points.parquet."""
    points = {_key(about): rows for about, rows in subjects(context, "shap_points")}
    found = tuple(
        _importance(about, rows, points.get(_key(about), [])) for about, rows in subjects(context, "importance")
    )
    return Importances(found, "" if found else "No model was asked what it looks at in this run.")


def _key(about: Subject) -> tuple[str, str, str, str]:
    return about.target.name, about.model.name, about.features, about.regime.name


def _importance(about: Subject, rows: Records, points: Records) -> Importance:
    columns = _items(rows, "shap", "column")
    permuted = _items(rows, "permutation", "group") or _items(rows, "permutation", "column")
    shown = columns[:N_COLUMNS]
    swarms = [swarm for item in shown if (swarm := _swarm(item.name, points)) is not None]
    return Importance(
        about=about,
        families=_items(rows, "shap", "family"),
        columns=shown,
        n_columns=len(columns),
        permuted=permuted[:N_COLUMNS],
        n_permuted=len(permuted),
        swarms=tuple(swarms),
        n_points=max((len(swarm.contributions) for swarm in swarms), default=0),
    )


def _items(rows: Records, kind: str, level: str) -> tuple[Item, ...]:
    """Items of a kind and level, the weightiest first."""
    found = [_item(row) for row in rows if row["kind"] == kind and row["level"] == level]
    return tuple(sorted(found, key=lambda item: (not item.weight.known, -item.weight.value, item.name)))


def _item(row: dict[str, Any]) -> Item:
    members = tuple(part.strip() for part in str(row["members"] or "").split(",") if part.strip())
    return Item(
        name=row["name"],
        label=humanised(str(row["name"])),
        family=humanised(str(row["family"] or "")),
        members=members if len(members) > 1 else (),
        weight=estimate(row),
        direction=number(row.get("direction")),
        rank=int(number(row["rank"])) if number(row["rank"]) == number(row["rank"]) else 0,
        stable=bool(row["stable"]),
    )


def _swarm(column: str, points: Records) -> Swarm | None:
    own = [(number(row["contribution"]), number(row["feature"])) for row in points if row["column"] == column]
    contribution, value = np.array(own, np.float64).reshape(-1, 2).T
    kept = np.isfinite(contribution)
    contribution, value = contribution[kept], value[kept]
    if not len(contribution):
        return None
    levels = np.zeros(len(value), int)
    known = np.isfinite(value)
    edges = np.quantile(value[known], np.arange(1, N_LEVELS) / N_LEVELS) if known.any() else np.empty(0)
    levels[known] = np.searchsorted(edges, value[known], side="right")
    # evenly spaced in the order of the contributions, so that the tails are kept
    order = np.argsort(contribution, kind="stable")
    picked = order[np.unique(np.rint(np.linspace(0, len(order) - 1, min(N_POINTS, len(order)))).astype(int))]
    return Swarm(column, tuple(map(float, contribution[picked])), tuple(map(int, levels[picked])))
