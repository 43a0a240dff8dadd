"""Rounds of a kernel over the tiles where something may still change, listed on the device by the kernel itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .device import Device
    from .kernels import Kernel

TILE = 8
"""Edge of a tile in voxels, as in the kernels."""
_ROUNDS = 24
"""Rounds queued before the host asks whether anything is left to do: a wait costs more than some empty rounds."""
_TILES_AT_A_TIME = 4096
"""Tiles that have threads of their own; if there are more, each thread takes several."""


def settle(device: Device, kernel: Kernel, given: Any, values: Any, axis: int, *more: Any) -> None:
    """Launch ``kernel`` over ``values`` ([batch, z, y, x], changed in place) until a round changes nothing.

    The kernel takes ``given``, ``values``, the lengths of a volume, ``axis``, the lists of tiles of this round and of
    the next, how many they are, what keeps a tile from being named twice in a round, and ``more``.
    """
    xp = device.xp
    batch, *lengths = values.shape
    total = batch * math.prod(-(-length // TILE) for length in lengths)
    tiles, following = xp.arange(total, dtype=xp.int32), xp.empty(total, xp.int32)
    stamps = xp.zeros(total, xp.int32)
    left, stamp = total, 0
    while left:
        numbers = xp.zeros(_ROUNDS + 1, xp.int32)
        numbers[:1] = left
        for index in range(_ROUNDS):
            stamp += 1
            device.launch(
                kernel,
                min(total, _TILES_AT_A_TIME) * TILE * TILE,
                given,
                values,
                *map(np.int32, (*lengths, axis)),
                tiles,
                following,
                numbers,
                np.int32(index),
                stamps,
                np.int32(stamp),
                *more,
            )
            tiles, following = following, tiles
        left = int(device.download(numbers[_ROUNDS:])[0][0])


def at_face(axis: int, side: int) -> tuple[slice | int, ...]:
    """The index of the layer at one side (0 low, 1 high) of an axis in [batch, z, y, x]."""
    return (slice(None), *(-side if other == axis else slice(None) for other in range(3)))
