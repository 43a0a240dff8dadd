"""The exact Euclidean distance map: the squared offsets along x, y and z minimised one axis after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .kernels import kernel

if TYPE_CHECKING:
    from ..protocol import Weights
    from .device import Device

_ALONG = kernel(__file__, "distance_along_rows")
_ACROSS = kernel(__file__, "distance_across")
_FAR = 2**30
"""Squared distance, as in the kernels, in a volume without a wall."""


def squared_distance(device: Device, masks: Any, weights: Weights = (1, 1, 1)) -> Any:
    """float32 squared distance to the nearest False voxel centre of the volume, infinite where there is none.

    ``weights`` are the squares of a step along z, y and x. Whole numbers throughout (``cupyx.scipy.ndimage.distance_transform_edt`` gives float64 roots), exact up to 4096^3.
    """
    xp = device.xp
    _, depth, height, width = masks.shape
    voxels = np.int64(masks.size)
    z, y, x = map(np.int32, weights)
    squared, other = (xp.empty(masks.shape, xp.int32) for _ in range(2))
    device.launch(_ALONG, masks.size, masks, voxels, np.int32(width), x, squared)
    device.launch(_ACROSS, masks.size, squared, voxels, np.int32(height), np.int64(width), y, other)
    device.launch(_ACROSS, masks.size, other, voxels, np.int32(depth), np.int64(height * width), z, squared)
    return xp.where(squared >= _FAR, xp.float32(np.inf), squared.astype(xp.float32))


def finite(device: Device, squared: Any) -> Any:
    """Squared distances as int32, 0 throughout a volume without a wall, where they are infinite."""
    xp = device.xp
    return xp.where(xp.isinf(squared), xp.float32(0.0), squared).astype(xp.int32)
