"""Distance of a volume to the training volumes in the space of their descriptors.

Descriptors are standardised over the training volumes (gaps filled by the median, with an indicator),
and the distance to the nearest training volume is the root mean square over the columns: 1 is one
standard deviation in every column. What is far is defined by the training volumes themselves: farther than
99 of 100 of them lie from the nearest volume of another group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...array_types import Float64
from ...models.base import Columns
from ...models.shared.arrays import NpzModel
from ...models.shared.standardise import Encoding, encode
from ..tables.feature_sets import rows_over

QUANTILES = (0.5, 0.9, 0.95, 0.99)
FAR = QUANTILES.index(0.99)
_CHUNK = 256
_SAMPLED = 2_000
"""Training volumes at most whose nearest neighbours make the quantiles."""


@dataclass(frozen=True, eq=False)
class Neighbours(NpzModel):
    """The training volumes as points; ``quantiles`` of their distances to one another (NaN where there is one group)."""

    columns: NDArray[np.str_]
    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64
    points: NDArray[np.float32]
    quantiles: Float64

    @property
    def limit(self) -> float:
        """The distance from which on a volume is far; NaN where training has too few volumes."""
        return float(self.quantiles[FAR])

    def distances(self, descriptors: pd.DataFrame) -> Float64:
        """float64[n]: distance to the nearest training volume; NaN where training had nothing to compare."""
        if not len(self.columns):
            return np.full(len(descriptors), np.nan)
        encoding = Encoding(self.median, self.indicated, self.mean, self.scale)
        return _nearest(_points(descriptors, self.columns, encoding), self.points)


def neighbours_of(
    descriptors: pd.DataFrame, columns: tuple[str, ...], group: NDArray[np.int32], seed: int
) -> Neighbours:
    """The distance model of training volumes (one row each) and their groups."""
    n = len(descriptors)
    rows = rows_over(
        Columns(descriptors=columns),
        descriptors,
        pd.DataFrame(),
        volume=np.arange(n, dtype=np.int32),
        design=np.full(n, -1, np.int32),
    )
    encoding = encode(rows, np.ones(n))
    points = _points(descriptors, np.array(columns, str), encoding)
    quantiles = np.full(len(QUANTILES), np.nan)
    if columns and len(np.unique(group)) > 1:
        sample = np.sort(np.random.default_rng(seed).permutation(n)[:_SAMPLED])
        quantiles = np.quantile(_nearest(points[sample], points, group[sample], group), QUANTILES)
    return Neighbours(
        columns=np.array(columns, str),
        median=encoding.median,
        indicated=encoding.indicated,
        mean=encoding.mean,
        scale=encoding.scale,
        points=points,
        quantiles=quantiles,
    )


def _points(descriptors: pd.DataFrame, columns: NDArray[np.str_], encoding: Encoding) -> NDArray[np.float32]:
    block = descriptors[[str(name) for name in columns]].to_numpy(np.float64).astype(np.float32)
    return encoding.apply(block).astype(np.float32)


def _nearest(
    points: NDArray[np.float32],
    others: NDArray[np.float32],
    group: NDArray[np.int32] | None = None,
    other_group: NDArray[np.int32] | None = None,
) -> Float64:
    """Distance of each point to the nearest of the others, of another group where groups are given."""
    from scipy.spatial.distance import cdist

    nearest = np.empty(len(points))
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        distance = cdist(points[part], others)
        if group is not None and other_group is not None:
            distance[group[part, None] == other_group[None, :]] = np.inf
        nearest[part] = distance.min(axis=1)
    scaled: Float64 = nearest / np.sqrt(points.shape[1])
    return scaled
