"""Means by group position, shared by the baselines that know only ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import ModelError

if TYPE_CHECKING:
    from ...array_types import Float64, Int32


def group_means(position: Int32, y: Float64, weight: Float64, what: str) -> Float64:
    """float64[k]: weighted mean of ``y`` by position, NaN at positions without weight.

    ModelError where a row has no position (-1), as rows of distinct volumes have no design.
    """
    if position.min() < 0:
        raise ModelError(f"training rows without a {what} cannot be averaged by {what}")
    total = np.bincount(position, weight)
    means = np.full(len(total), np.nan)
    np.divide(np.bincount(position, weight * y), total, out=means, where=total > 0)
    return means


def seen(values: Float64, position: Int32, what: str) -> Float64:
    """``values`` at each position; ModelError names the first one that training has not seen."""
    inside = (position >= 0) & (position < len(values))
    found = np.full(len(position), np.nan)
    found[inside] = values[position[inside]]
    unseen = np.isnan(found)
    if unseen.any():
        first = int(position[np.argmax(unseen)])
        raise ModelError(f"{np.count_nonzero(unseen)} rows have a {what} that training has not seen (first: {first})")
    return found
