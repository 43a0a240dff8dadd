"""The widest way in: for each voxel the radius of the largest ball that reaches it from one face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .distance import finite
from .kernels import kernel
from .rounds import at_face, settle

if TYPE_CHECKING:
    from .device import Device

_WIDEN = kernel(__file__, "widen")


def bottleneck_map(device: Device, squared_distance: Any, axis: int, side: int) -> Any:
    """float32: the largest over face-connected paths from a face of their smallest squared distance; 0 where none leads.

    ``squared_distance`` is float32[batch, z, y, x], whole numbers, or infinite in a volume without a wall.
    """
    xp = device.xp
    limit = finite(device, squared_distance)
    widths = xp.zeros(limit.shape, xp.int32)
    face = at_face(axis, side)
    widths[face] = limit[face]
    settle(device, _WIDEN, limit, widths, axis)
    return widths.astype(xp.float32)
