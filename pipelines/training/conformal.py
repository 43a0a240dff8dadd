"""Conformal bounds with groups: arrays in, arrays out; no models, no folds.

A model that never saw a row puts it between ``lo`` and ``hi`` (equal where it gives a single value).
Its score there is max(lo - y, y - hi): how far the truth lies outside, negative inside. For single
values that is the absolute residual; for two quantiles it is conformalised quantile regression (Romano,
Patterson & Candès 2019, arXiv:1905.03222).

Rows come in groups that are exchangeable while the rows of one group are not, so every group weighs
1 / (G + 1) whatever its number of rows, and the rest lies at infinity: a row of a new group is
then covered with at least the stated probability (hierarchical conformal prediction: Lee, Barber &
Willett 2023, arXiv:2306.06342; the pooled bound of Dunn, Wasserman & Ramdas 2022,
doi:10.1080/01621459.2022.2060112). It is finite where G / (G + 1) reaches the level: 90 % needs 9 groups.
Where rows are new in two dimensions at once this guarantees nothing, and the group at infinity would only widen;
there (``unseen=0``) every group weighs 1 / G.

With one model this is split conformal; with several, each held back from other groups, it is CV+
(Barber, Candès, Ramdas & Tibshirani 2021, doi:10.1214/20-AOS1965), which guarantees 1 - 2 (1 - level)
and in practice reaches the level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...array_types import Floats, Ints

LEVEL = 0.9
FEWEST_GROUPS = 9
"""Fewer groups than this cannot bound a new one at ``LEVEL``."""
TOO_FEW_GROUPS = "too_few_groups"
_HALVINGS = 60
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Held:
    """One model: its bounds float64[n] for n asked rows, its scores float64[m] on m rows held back from it, their groups."""

    lo: Floats
    hi: Floats
    score: Floats
    group: Ints


def scores(y: Floats, lo: Floats, hi: Floats) -> Floats:
    """Distance of ``y`` outside [lo, hi]; negative inside."""
    return np.maximum(lo - y, y - hi)


def n_groups(held: Sequence[Held]) -> int:
    """Distinct groups that calibrate."""
    return len(np.unique(np.concatenate([part.group for part in held])))


def bounds(held: Sequence[Held], level: float = LEVEL, *, unseen: int = 1) -> tuple[Floats, Floats]:
    """(lo, hi): float64[n] each, of rows of new groups; infinite where the groups do not suffice.

    ``unseen``: groups that are put at infinity, 1 for the guarantee, 0 where there can be none.
    """
    if len(held) == 1:
        (only,) = held
        out = group_quantile(only.score, only.group, level, unseen=unseen)
        return only.lo - out, only.hi + out
    if n_groups(held) < FEWEST_GROUPS:
        infinite = np.full(len(held[0].lo), np.inf)
        return -infinite, infinite
    weights = _weights([part.group for part in held], unseen)
    steps = [_steps(part.score, weight) for part, weight in zip(held, weights, strict=True)]
    upper = _reached([part.hi for part in held], steps, level)
    return -_reached([-part.lo for part in held], steps, level), upper


def group_quantile(score: Floats, group: Ints, level: float = LEVEL, *, unseen: int = 1) -> float:
    """The bound on the score (of m rows in their groups) of a row of a new group; inf where there are too few groups."""
    if len(np.unique(group)) < FEWEST_GROUPS:
        return float("inf")
    ordered, below = _steps(score, *_weights([group], unseen))
    enough = np.flatnonzero(below[1:] >= level - _ROUNDING)
    return float(ordered[enough[0]]) if len(enough) else float("inf")


def _steps(score: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Scores in order, float64[m], and the weight of the first 0, 1, ... m of them."""
    order = np.argsort(score)
    return score[order], np.concatenate([[0.0], np.cumsum(weight[order])])


def _weights(groups: Sequence[Ints], unseen: int) -> list[Floats]:
    """Weights of the rows of each model: those of one group add up to 1 / (G + unseen)."""
    _, position, size = np.unique(np.concatenate(groups), return_inverse=True, return_counts=True)
    weight = 1 / (size[position] * (len(size) + unseen))
    return np.split(weight, np.cumsum([len(group) for group in groups])[:-1])


def _reached(at: Sequence[Floats], steps: Sequence[tuple[Floats, Floats]], level: float) -> Floats:
    """The smallest t for which the weight of all scores s with at + s <= t reaches the level, float64[n].

    By bisection, since the weight grows with t: sorting n rows by all m scores would cost n m.
    """
    filled = [(centre, score, below) for centre, (score, below) in zip(at, steps, strict=True) if len(score)]
    n = len(at[0])
    if not filled or sum(below[-1] for _, _, below in filled) < level - _ROUNDING:
        return np.full(n, np.inf)
    low = np.min([centre + score[0] for centre, score, _ in filled], axis=0)
    high: Floats = np.max([centre + score[-1] for centre, score, _ in filled], axis=0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        weight = sum(below[np.searchsorted(score, middle - centre, side="right")] for centre, score, below in filled)
        enough = weight >= level - _ROUNDING
        high, low = np.where(enough, middle, high), np.where(enough, low, middle)
    return high
