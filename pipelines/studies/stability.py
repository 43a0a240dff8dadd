"""Stability of importance: whether it is the same in every fold, or an accident of one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...array_types import Floats

AGREEING = 0.8
"""Share of the folds that must agree."""


def ranks(sizes: Floats) -> NDArray[np.intp]:
    """Places from 1 along the last axis, the largest first; of equals the first comes first."""
    return np.argsort(np.argsort(-sizes, axis=-1, kind="stable"), axis=-1) + 1


def stable(sizes: Floats, signs: Floats) -> NDArray[np.bool_]:
    """Whether each of K items keeps its place and its sign over F folds: bool[K] from float[F, K] each.

    A place is kept where one more than it is between half and twice one more than the place by the
    mean over the folds: the first may become second, the tenth anything from fifth to twentieth. A sign
    that is NaN takes no part. False throughout where there is but one fold.
    """
    if len(sizes) == 1:
        return np.zeros(sizes.shape[1], np.bool_)
    moved = (ranks(sizes) + 1) / (ranks(sizes.mean(axis=0)) + 1)
    placed = ((moved >= 1 / 2) & (moved <= 2)).mean(axis=0) >= AGREEING  # noqa: PLR2004  half and twice
    known = np.isfinite(signs)
    positive = (known & (signs > 0)).sum(axis=0)
    negative = (known & (signs < 0)).sum(axis=0)
    holds: NDArray[np.bool_] = placed & (np.maximum(positive, negative) >= AGREEING * known.sum(axis=0))
    return holds
