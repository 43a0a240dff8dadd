"""Weights of an ensemble's members from how they err on rows that none of them was fitted on."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ...array_types import Float64

MOST_MEMBERS = 8
"""Every subset of the members is looked at, so there must be few."""


def products(errors: Float64, weight: Float64) -> Float64:
    """float64[m, m]: weighted mean products of the errors float64[n, m] of m members."""
    mean: Float64 = (weight[:, None] * errors).T @ errors / weight.sum()
    return mean


def least_squares_weights(product: Float64) -> Float64:
    """float64[m], none negative, adding up to 1, with the least mean squared error w' P w.

    Stacked regressions (Breiman 1996, doi:10.1007/BF00117832) by the exact solution of each subset of
    the members; the best one without a negative weight. Among equals the fewest members win.
    """
    m = len(product)
    scale = float(np.trace(product)) / m or 1.0
    best, least = np.full(m, 1 / m), float("inf")
    for size in range(1, m + 1):
        for chosen in combinations(range(m), size):
            part = product[np.ix_(chosen, chosen)] / scale
            solved = np.linalg.pinv(part, hermitian=True) @ np.ones(size)
            if size == 1 or not solved.any():
                solved = np.ones(size)
            if (solved < 0).any():
                continue
            weights = np.zeros(m)
            weights[list(chosen)] = solved / solved.sum()
            error = float(weights @ product @ weights) / scale
            if error < least * (1 - _LEAST_GAIN):
                best, least = weights, error
    return best


def greedy_weights(product: Float64, steps: int) -> Float64:
    """float64[m]: how often each member was taken in ``steps`` choices with replacement, over ``steps``.

    Each choice is the member that lowers the error of the mean most (Caruana et al. 2004,
    doi:10.1145/1015330.1015432).
    """
    counts = np.zeros(len(product))
    for _ in range(steps):
        taken = counts + np.eye(len(product))
        counts = taken[np.argmin(np.einsum("km,mn,kn->k", taken, product, taken))]
    weights: Float64 = counts / counts.sum()
    return weights


_LEAST_GAIN = 1e-9
