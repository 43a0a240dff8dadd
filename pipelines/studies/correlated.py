"""Groups of correlated columns, of which a model does not miss a single one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_ROWS = 2_000
"""More volumes than this do not change who is correlated with whom."""


@dataclass(frozen=True)
class Group:
    """Columns that are permuted together; ``name`` is the one most correlated with the others."""

    name: str
    members: tuple[str, ...]


def correlated_groups(values: NDArray[np.floating], columns: tuple[str, ...], threshold: float) -> tuple[Group, ...]:
    """Average-linkage clusters of the columns of float[n, p] whose mean absolute rank correlation is above ``threshold``.

    Correlations are Spearman's over the rows where both columns are finite; none is defined for a
    column that does not vary there, which then stands alone.
    """
    if not columns:
        return ()
    if len(values) > MOST_ROWS:
        values = values[np.linspace(0, len(values) - 1, MOST_ROWS).astype(np.intp)]
    likeness = np.abs(pd.DataFrame(np.asarray(values, np.float64)).corr("spearman").to_numpy())
    likeness = np.nan_to_num(likeness)
    np.fill_diagonal(likeness, 1.0)
    label = _clusters(1.0 - likeness, 1.0 - threshold)
    groups = []
    for number in dict.fromkeys(label):
        own = np.flatnonzero(label == number)
        central = own[likeness[np.ix_(own, own)].sum(axis=1).argmax()]
        groups.append(Group(columns[central], tuple(columns[position] for position in own)))
    return tuple(groups)


def _clusters(distance: NDArray[np.float64], cut: float) -> NDArray[np.intp]:
    """The cluster of each column, by scipy's hierarchical clustering."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(distance) == 1:
        return np.zeros(1, np.intp)
    tree = linkage(squareform(np.clip((distance + distance.T) / 2, 0.0, 1.0), checks=False), "average")
    clusters: NDArray[np.intp] = fcluster(tree, cut, "distance")
    return clusters
