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

    from ..protocol import Weights
    from .device import Device

_CHOOSE = kernel(__file__, "choose_centres")
_PAINT = kernel(__file__, "paint_balls")
_PAINTERS = 2**18
"""Threads that paint, however many balls there are: as many as a large device runs at a time."""


def local_thickness(device: Device, squared_radius: Any, weights: Weights = (1, 1, 1)) -> Any:
    """float32: the largest squared radius among the balls that cover each voxel, 0 where none does.

    ``squared_radius`` is float32[batch, z, y, x], whole numbers, or infinite in a volume without a wall, where there
    are no balls; ``weights`` are the squares of a step along z, y and x. Waits once, for the largest radius.
    """
    xp = device.xp
    squared = finite(device, squared_radius)
    lengths = tuple(map(np.int32, squared.shape[1:]))
    (largest,) = device.download(squared.max().reshape(1))
    table = enclosing(1 << int(largest[0]).bit_length(), weights)
    centres, number = xp.empty(squared.size, xp.int32), xp.zeros(1, xp.int32)
    device.launch(
        _CHOOSE,
        squared.size,
        squared,
        np.int32(squared.size),
        *lengths,
        np.int32(min(weights)),
        device.upload(table),
        np.int32(table.shape[1]),
        centres,
        number,
    )
    cover = squared.copy()
    steps = map(np.int32, weights)
    device.launch(_PAINT, min(_PAINTERS, 32 * squared.size), squared, *lengths, *steps, centres, number, cover)
    return cover.astype(xp.float32)


@functools.lru_cache(maxsize=16)
def enclosing(largest: int, weights: Weights = (1, 1, 1)) -> NDArray[np.int32]:
    """int32[3, largest + 1]: smallest squared radius of a ball that holds every voxel of a ball of s, its centre one step away.

    Steps are 0, 1, 2: along any axis, face diagonal, cube diagonal. A voxel v of the ball lies
    |v + u|^2 = |v|^2 + 2 v u + |u|^2 from the other centre; for each |v|^2 the largest 2 v u + |u|^2 counts.
    """
    along = np.full((3, largest + 1), -1, np.int64)
    reach_z, reach_y, reach_x = (math.isqrt(largest // weight) + 1 for weight in weights)
    weight_z, weight_y, weight_x = weights
    y, x = (places.ravel() for places in np.indices((reach_y, reach_x)))
    for z in range(reach_z):
        square = weight_z * z * z + weight_y * y * y + weight_x * x * x
        inside = square <= largest
        one = np.array([weight_z * (2 * z + 1) + 0 * y, weight_y * (2 * y + 1), weight_x * (2 * x + 1)])
        total, least = one.sum(axis=0), one.min(axis=0)
        for step, inner in enumerate((one.max(axis=0), total - least, total)):
            np.maximum.at(along[step], square[inside], inner[inside])
    distant = np.where(along >= 0, np.arange(largest + 1) + along, 0)
    needed = np.zeros((3, largest + 1), np.int32)
    needed[:, 1:] = np.maximum.accumulate(distant[:, :-1], axis=1) + 1
    needed.flags.writeable = False
    return needed
