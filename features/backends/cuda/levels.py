"""Histogram of the whole numbers in a float volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .kernels import kernel

if TYPE_CHECKING:
    from ....array_types import Int64
    from .device import Device

_COUNT = kernel(__file__, "count_levels")
_ENTRIES = 2**15
"""Counters of a volume: a few tables of many levels, or many tables of a few."""
_TABLES = 32


def integer_histogram(device: Device, squared: Any) -> list[Int64]:
    """int64[max + 1] a volume of float32[batch, z, y, x]: how often each whole number occurs; none in an infinite volume.

    Waits twice, first for the largest values.
    """
    xp = device.xp
    batch, depth, height, width = squared.shape
    flat = squared.reshape(batch, -1)
    (largest,) = device.download(xp.where(xp.isinf(flat), xp.float32(0.0), flat).max(axis=1))
    levels = int(largest.max()) + 1
    tables = max(1, min(_TABLES, _ENTRIES // levels))
    counts = xp.zeros((batch, tables, levels), xp.uint32)
    device.launch(
        _COUNT, batch * height * width, squared, *map(np.int32, (batch, depth, height * width, levels, tables)), counts
    )
    (found,) = device.download(counts.sum(axis=1, dtype=xp.int64))
    return [row[: int(top) + 1].copy() for row, top in zip(found, largest, strict=True)]
