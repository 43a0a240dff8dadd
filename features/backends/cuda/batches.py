"""How many volumes a device takes at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .device import Device

BYTES_PER_VOXEL = 128
"""What the descriptors of a volume hold and use at once: masks, labels, distances, and the solver's grids."""
SHARE = 0.7
"""Of the free memory: the next batch is on its way meanwhile, and allocators lose some to gaps."""
LARGEST = 64
"""Volumes beyond which a device is no busier."""
_INDEXABLE = 2**31 - 1
"""Voxels that a kernel can number."""


def batch_size(device: Device, shape: tuple[int, ...]) -> int:
    """Volumes of a shape to take together: what fits, at least 1, where running out of memory will say the rest."""
    voxels = math.prod(shape)
    fitting = int(device.free_memory() * SHARE) // (BYTES_PER_VOXEL * voxels)
    return max(1, min(fitting, LARGEST, _INDEXABLE // voxels))
