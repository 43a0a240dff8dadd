"""Number of volumes that a device takes at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from .diffusion import bytes_needed

if TYPE_CHECKING:
    from .device import Device

HELD = 24
"""Bytes a voxel that a batch holds until it is released: masks, components, distances of both phases."""
PASSING = 36
"""Bytes a voxel that come and go with a primitive: labels and ranks, widths and balls, a flow and its order."""
SHARE = 0.7
"""Share of the free memory for a batch: the next one is uploaded meanwhile, and allocators lose some to gaps."""
LARGEST = 64
"""Volumes beyond which a device is no busier."""
_INDEXABLE = 2**30
"""Voxels that a kernel can number, threads beyond the last included."""


def batch_size(device: Device, shape: tuple[int, ...]) -> int:
    """Number of volumes of a shape that fit in memory together, at least 1, which may still run out of it."""
    fitting = int(device.free_memory() * SHARE) // bytes_for(shape)
    return max(1, min(fitting, LARGEST, _INDEXABLE // math.prod(shape)))


def bytes_for(shape: tuple[int, ...]) -> int:
    """Memory of the device that one volume of a shape takes at most."""
    voxels = math.prod(shape)
    return voxels * HELD + max(voxels * PASSING, bytes_needed(cast("tuple[int, int, int]", shape)))
