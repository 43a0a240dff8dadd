"""Counts of pairs of True voxels at a distance along an axis, 64 voxels at a time: exact, where a Fourier transform rounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .kernels import kernel

if TYPE_CHECKING:
    from ....array_types import Int64
    from .device import Device

_PACK = kernel(__file__, "pack_rows")
_ACROSS = kernel(__file__, "count_pairs_across")
_ALONG = kernel(__file__, "count_pairs_along")


def pair_counts(device: Device, masks: Any, axis: int, lags: int) -> list[Int64]:
    """int64[lags + 1] a volume of bool[batch, z, y, x]: pairs of True voxels 0, 1, …, ``lags`` apart along an axis."""
    xp = device.xp
    batch, depth, height, width = masks.shape
    row_words = -(-width // 64)
    packed = xp.empty((batch, depth, height, row_words), xp.uint64)
    device.launch(_PACK, packed.size, masks, np.int64(packed.size), np.int32(width), np.int32(row_words), packed)

    counts = xp.zeros((batch, lags + 1), xp.uint64)
    across = axis < 2  # noqa: PLR2004  z and y lead from row to row
    length = packed.shape[1 + axis] if across else row_words
    lines = packed.size // (batch * length)
    threads = batch * (lags + 1) * lines
    sizes = (lines, lags + 1, length, math.prod(packed.shape[axis + 2 :])) if across else (lines, lags + 1, length)
    device.launch(_ACROSS if across else _ALONG, threads, packed, np.int64(threads), *map(np.int32, sizes), counts)
    return list(device.download(counts)[0].astype(np.int64))
