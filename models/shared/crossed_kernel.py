"""The covariance of a Gaussian process over volumes and designs: each by itself, and their product (ANOVA)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...array_types import Float64

PARAMETERS = (
    "design",
    "volume",
    "product",
    "design length",
    "volume length",
    "design nugget",
    "volume nugget",
    "noise",
    "linear in design",
    "key length",
    "linear in key",
)
"""Variances and lengths, all positive; the target has variance 1 and columns are divided by the root of their number."""
CENTRE = np.array([0.3, 0.3, 0.2, 1.0, 1.0, 0.02, 0.02, 0.03, 0.1, 1.0, 0.1])
"""Start of the search, and the middle of the prior."""
SPREAD = 1.5
"""Standard deviation of the prior of each logarithm: a factor of 4.5 either way."""
SAME = 1e-12
"""Points whose squared distance in lengths is less are the same volume, or design."""


@dataclass(frozen=True, eq=False)
class Side:
    """Distinct points of one side, float64[u, p] standardised columns, and which of them each row has, intp[n].

    The first ``key`` columns have a length of their own, so that few that matter are not lost among hundreds.
    """

    points: Float64
    of: NDArray[np.intp]
    key: int = 0

    @classmethod
    def distinct(cls, points: Float64, key: int = 0) -> Side:
        """The sides of rows that repeat their points; p may be 0, where all rows are alike."""
        names, of = np.unique(points, axis=0, return_inverse=True)
        return cls(names, of.reshape(-1), key)

    @property
    def keys(self) -> Float64:
        """float64[u, key], divided by the root of their number."""
        divided: Float64 = self.points[:, : self.key] / np.sqrt(max(self.key, 1))
        return divided

    @property
    def others(self) -> Float64:
        """float64[u, p - key], divided by the root of their number."""
        width = self.points.shape[1] - self.key
        divided: Float64 = self.points[:, self.key :] / np.sqrt(max(width, 1))
        return divided


def used(designs: int, volumes: int, key: int) -> NDArray[np.bool_]:
    """bool[11]: the parameters that matter for some columns of designs and of volumes, ``key`` of these being key ones."""
    both = designs > 0 and volumes > 0
    of = {"design": designs > 0, "volume": volumes > 0, "product": both, "linear in design": designs > 0, "noise": True}
    of |= {f"{side} nugget": of[side] for side in ("design", "volume")}
    of |= {
        "design length": designs > 0,
        "volume length": volumes > key,
        "key length": key > 0,
        "linear in key": key > 0,
    }
    return np.array([of[name] for name in PARAMETERS])


def covariance(parameters: Float64, left: tuple[Side, Side], right: tuple[Side, Side]) -> Float64:
    """float64[n, m] between rows (designs, volumes) without the noise."""
    return _terms(parameters, left, right)[0]


def variance(parameters: Float64, rows: tuple[Side, Side]) -> Float64:
    """float64[n]: the variance of a new observation of each row, noise with it."""
    design, volume = rows
    linear = parameters[8] * (design.others**2).sum(axis=1)[design.of]
    linear_in_key = parameters[10] * (volume.keys**2).sum(axis=1)[volume.of]
    own: Float64 = parameters[[0, 1, 2, 5, 6, 7]].sum() + linear + linear_in_key
    return own


def with_slopes(
    parameters: Float64, rows: tuple[Side, Side], relative_noise: Float64
) -> tuple[Float64, list[Float64 | None]]:
    """The covariance of training rows with its noise, and its slope by the logarithm of each parameter (None: no part).

    relative_noise: float64[n], how many times the common noise each row has.
    """
    total, slopes = _terms(parameters, rows, rows, slopes=True)
    noise = np.diag(parameters[7] * relative_noise)
    slopes[7] = noise
    return total + noise, slopes


def _terms(
    parameters: Float64, left: tuple[Side, Side], right: tuple[Side, Side], *, slopes: bool = False
) -> tuple[Float64, list[Float64 | None]]:
    part = used(left[0].points.shape[1], left[1].points.shape[1], left[1].key) & (parameters > 0)
    # a length is 0 where it has no part
    design_length, length, key_length = (parameters[at] or 1.0 for at in (3, 4, 9))
    d, v = (np.ix_(one.of, other.of) for one, other in zip(left, right, strict=True))
    by_design = _squared(left[0].others, right[0].others) / design_length**2
    by_key = _squared(left[1].keys, right[1].keys) / key_length**2
    by_others = _squared(left[1].others, right[1].others) / length**2
    design, design_slope = _matern(by_design)
    volume, volume_slope = _matern(by_key + by_others)
    near = design[d], volume[v]
    found: list[Float64 | None] = [None] * len(PARAMETERS)
    found[0], found[1] = parameters[0] * near[0], parameters[1] * near[1]
    found[2] = parameters[2] * near[0] * near[1]
    found[5] = parameters[5] * (by_design < SAME)[d]
    found[6] = parameters[6] * (by_key + by_others < SAME)[v]
    found[8] = parameters[8] * (left[0].others @ right[0].others.T)[d]
    found[10] = parameters[10] * (left[1].keys @ right[1].keys.T)[v]
    found = [term if kept else None for term, kept in zip(found, part, strict=True)]
    total = sum((term for term in found if term is not None), np.zeros((len(left[0].of), len(right[0].of))))
    if slopes:
        product = parameters[2] if part[2] else 0.0
        of_design, of_volume = parameters[0] + product * near[1], parameters[1] + product * near[0]
        for at, slope in (
            (3, (design_slope * by_design)[d] * of_design),
            (4, (volume_slope * by_others)[v] * of_volume),
            (9, (volume_slope * by_key)[v] * of_volume),
        ):
            found[at] = slope if part[at] else None
    return total, found


def _squared(one: Float64, other: Float64) -> Float64:
    """Squared distances between points of p columns; 0 where p is."""
    from scipy.spatial.distance import cdist

    if not one.shape[1]:
        return np.zeros((len(one), len(other)))
    squared: Float64 = cdist(one, other, "sqeuclidean")
    return squared


def _matern(squared: Float64) -> tuple[Float64, Float64]:
    """Matérn 5/2 of squared distances r^2 in lengths, and its slope by the logarithm of a length over that length's share of r^2."""
    scaled = np.sqrt(5 * squared)
    decay = np.exp(-scaled)
    return (1 + scaled + scaled**2 / 3) * decay, 5 * (1 + scaled) / 3 * decay
