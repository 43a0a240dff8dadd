"""Histograms of the straight runs of equal voxels along one axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..protocol import RunLengths
from .kernels import kernel

if TYPE_CHECKING:
    from .device import Device

_COUNT = kernel(__file__, "count_runs")
_TABLES = 32
"""Tables of a volume, added up at the end."""


def run_lengths(device: Device, masks: Any, axis: int) -> list[RunLengths]:
    """Runs of both phases along ``axis`` of each volume of bool[batch, z, y, x], by how many ends lie on a face."""
    xp = device.xp
    batch, *lengths = masks.shape
    length = lengths[axis]
    lines = masks.size // length
    counts = xp.zeros((batch, _TABLES, 2, 3, length + 1), xp.uint32)
    stride = math.prod(lengths[axis + 1 :])
    device.launch(
        _COUNT, lines, masks, np.int64(lines), *map(np.int32, (lines // batch, length, stride, _TABLES)), counts
    )
    return [RunLengths(found) for found in device.download(counts.sum(axis=1, dtype=xp.int64))[0]]
