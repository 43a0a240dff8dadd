"""Shares of a target's variance that belong to designs, to volumes, and to their interaction and noise."""

from __future__ import annotations

import numpy as np

from ...array_types import Floats, Ints

PARTS = ("design", "volume", "interaction+noise")


def variance_shares(y: Floats, volume: Ints, design: Ints) -> dict[str, float]:
    """Shares of the sum of squares of ``y`` (float64[n]) about its mean, adding up to 1.

    Two-way analysis of variance with the effects of designs and of volumes. In a complete crossing
    their sums of squares are independent of the order; elsewhere each is the mean of what it
    explains alone and of what it adds to the other (Lindeman, Merenda & Gold 1980). All NaN where y
    does not vary, or where the two effects leave no degree of freedom and so explain anything.
    """
    _, v = np.unique(volume, return_inverse=True)
    _, d = np.unique(design, return_inverse=True)
    total = float(((y - y.mean()) ** 2).sum())
    if not np.ptp(y) or len(y) <= _parameters(v, d):
        return dict.fromkeys(PARTS, float("nan"))
    by_design, by_volume = (1 - _residual(y, groups) / total for groups in (d, v))
    both = 1 - _two_way_residual(y, v, d) / total
    return {
        "design": (by_design + both - by_volume) / 2,
        "volume": (by_volume + both - by_design) / 2,
        "interaction+noise": 1 - both,
    }


def _residual(y: Floats, groups: Ints) -> float:
    means = np.bincount(groups, y) / np.bincount(groups)
    return float(((y - means[groups]) ** 2).sum())


def _two_way_residual(y: Floats, v: Ints, d: Ints) -> float:
    """Sum of squares that volume and design effects together leave, by sparse least squares."""
    from scipy.sparse import csr_array, hstack
    from scipy.sparse.linalg import lsqr

    rows, ones = np.arange(len(y)), np.ones(len(y))
    effects = hstack([csr_array((ones, (rows, groups))) for groups in (v, d)], format="csr")
    centred = y - y.mean()
    fitted = effects @ lsqr(effects, centred, atol=1e-10, btol=1e-10, iter_lim=10_000)[0]
    return float(((centred - fitted) ** 2).sum())


def _parameters(v: Ints, d: Ints) -> int:
    """Free effects of the two-way model: volumes + designs less one for each connected part of the crossing."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_volumes, size = v.max() + 1, v.max() + d.max() + 2
    graph = coo_array((np.ones(len(v)), (v, n_volumes + d)), shape=(size, size))
    return int(size - connected_components(graph, directed=False, return_labels=False))
