"""Volumes turned so that a face of any axis comes first, for sweeps along the first axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

_PLANES = 4
"""Copied at a time, so that what is read across the rows is still in the processor's cache for the next column."""


def turned(volume: NDArray[Any], axis: int, side: int, dtype: DTypeLike) -> NDArray[Any]:
    """A C-contiguous copy with ``axis`` moved to the front and the face of ``side`` (0 low, 1 high) first."""
    view = np.moveaxis(volume, axis, 0)[:: -1 if side else 1]
    copy = np.empty(view.shape, dtype)
    for start in range(0, view.shape[1], _PLANES):
        copy[:, start : start + _PLANES] = view[:, start : start + _PLANES]
    return copy


def turned_back(copy: NDArray[Any], axis: int, side: int) -> NDArray[Any]:
    """A view of what ``turned`` returned, or of an array of its shape, with the axes as they were."""
    return np.moveaxis(copy[:: -1 if side else 1], 0, axis)
