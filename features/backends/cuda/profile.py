"""Counts of True voxels layer by layer: sums, which CuPy has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ....array_types import Int64
    from .device import Device

_OTHER_AXES = ((2, 3), (1, 3), (1, 2))


def profiles(device: Device, masks: Any) -> list[tuple[Int64, Int64, Int64]]:
    """True voxels in each layer across axes z, y, x of each volume of bool[batch, z, y, x]."""
    z, y, x = device.download(*(masks.sum(axis=axes, dtype=device.xp.int64) for axes in _OTHER_AXES))
    return list(zip(z, y, x, strict=True))
