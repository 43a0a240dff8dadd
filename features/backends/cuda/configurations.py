"""The histogram of 2x2x2 voxel patterns, from which every Minkowski functional follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .kernels import kernel

if TYPE_CHECKING:
    from .device import Device

_COUNT = kernel(__file__, "count_configurations")
_TABLES = 32
"""Tables of a volume, added up at the end."""


def configurations(device: Device, masks: Any) -> Any:
    """int64[batch, 256] on the device: how often each pattern occurs in each volume of bool[batch, z, y, x]."""
    xp = device.xp
    batch, depth, height, width = masks.shape
    counts = xp.zeros((batch, _TABLES, 256), xp.uint32)
    device.launch(
        _COUNT,
        batch * (height - 1) * (width - 1),
        masks,
        *map(np.int32, (batch, depth, height, width, _TABLES)),
        counts,
    )
    return counts.sum(axis=1, dtype=xp.int64)
