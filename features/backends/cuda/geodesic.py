"""Geodesic distance from one face through a mask, over steps to the 26 neighbours: of 1, sqrt 2 and sqrt 3 in cubes.

The result is that of Dijkstra's algorithm, and of the CPU's twin, to the last bit: the fixed point is
unique because adding a step is monotonic in floating point too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..steps import step_lengths
from .kernels import kernel
from .rounds import at_face, settle

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .device import Device

_SHORTEN = kernel(__file__, "shorten")


def geodesic_distance(
    device: Device,
    masks: Any,
    axis: int,
    side: int,
    edges: Sequence[float] = (1.0, 1.0, 1.0),
    periodic: Collection[int] = (),
) -> Any:
    """float32 path lengths in bool[batch, z, y, x] from one face (0 there), infinite where no path leads.

    ``edges`` are those of a voxel along z, y and x; across the axes in ``periodic``, of which ``axis`` is none, paths go on
    at the other side.
    """
    xp = device.xp
    distance = xp.full(masks.shape, np.inf, xp.float32)
    face = at_face(axis, side)
    distance[face] = xp.where(masks[face], xp.float32(0.0), xp.float32(np.inf))
    around = np.int32(sum(4 >> other for other in periodic))
    settle(device, _SHORTEN, masks, distance, axis, device.upload(step_lengths(edges)), around)
    return distance
