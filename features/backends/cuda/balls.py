"""Balls painted as row spans: for each voxel the largest ball that covers it."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .distance import finite
from .kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .device import Device

_CHOOSE = kernel(__file__, "choose_centres")
_PAINT = kernel(__file__, "paint_balls")
_PAINTERS = 2**18
"""Threads that paint, however many balls there are: as many as a large device runs at a time."""


def local_thickness(device: Device, squared_radius: Any) -> Any:
    """float32: the largest squared radius among the balls that cover each voxel, 0 where none does.

    ``squared_radius`` is float32[batch, z, y, x], whole numbers, or infinite in a volume without a wall, where there
    are no balls. Waits once, for the largest radius.
    """
    xp = device.xp
    squared = finite(device, squared_radius)
    lengths = tuple(map(np.int32, squared.shape[1:]))
    (largest,) = device.download(squared.max().reshape(1))
    table = enclosing(1 << int(largest[0]).bit_length())
    centres, number = xp.empty(squared.size, xp.int32), xp.zeros(1, xp.int32)
    device.launch(
        _CHOOSE,
        squared.size,
        squared,
        np.int32(squared.size),
        *lengths,
        device.upload(table),
        np.int32(table.shape[1]),
        centres,
        number,
    )
    cover = squared.copy()
    device.launch(_PAINT, min(_PAINTERS, 32 * squared.size), squared, *lengths, centres, number, cover)
    return cover.astype(xp.float32)


@functools.lru_cache(maxsize=16)
def enclosing(largest: int) -> NDArray[np.int32]:
    """int32[3, largest + 1]: smallest squared radius of a ball that holds every voxel of a ball of s, its centre one step away.

    Steps are 0, 1, 2: along an axis, a face diagonal, a cube diagonal. A voxel v of the ball lies
    |v + u|^2 = |v|^2 + 2 v u + |u|^2 from the other centre; for each |v|^2 the largest v u counts.
    """
    along = np.full((3, largest + 1), -1, np.int64)
    reach = math.isqrt(largest) + 1
    y, x = (places.ravel() for places in np.indices((reach + 1, reach + 1)))
    for z in range(reach + 1):
        square = z * z + y * y + x * x
        ordered = (y <= z) & (x <= y) & (square <= largest)
        for step, inner in enumerate((z + 0 * y, z + y, z + y + x)):
            np.maximum.at(along[step], square[ordered], inner[ordered])
    steps = np.arange(1, 4).reshape(3, 1)
    distant = np.where(along >= 0, np.arange(largest + 1) + 2 * along + steps, 0)
    needed = np.zeros((3, largest + 1), np.int32)
    needed[:, 1:] = np.maximum.accumulate(distant[:, :-1], axis=1) + 1
    needed.flags.writeable = False
    return needed
