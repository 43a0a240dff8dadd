"""Voxel input of the network: read bit-packed, unpacked on the device, averaged down, turned at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base import Device, Volumes

BITS = 8
QUARTER_TURNS = 4


def read(volumes: Volumes, positions: NDArray[np.integer[Any]], *, downsample: int, device: Device) -> Any:
    """float32[b, 1, z, y, x] in [-1/2, 1/2] (1/2 = pore) of the volumes at ``positions``.

    They travel to the device as bits. ``downsample`` is the edge of the cubes that are averaged;
    at a far face these may be cut, and along a shorter axis they are as long as the axis.
    """
    import torch
    from torch.nn.functional import avg_pool3d

    packed = np.stack([volumes.read(int(position)) for position in positions])
    length = volumes.shape[2]
    # On the CPU bits are counted by the byte, so that the largest arrays are never made.
    along = downsample if device == "cpu" and BITS % downsample == 0 and length % downsample == 0 else 1
    counts = _unpacked_on_device(packed, device) if device == "cuda" else torch.from_numpy(_counted(packed, along))
    voxels = (counts[..., : length // along].float() / along - 0.5)[:, None]
    if downsample == 1:
        return voxels
    edges = [min(downsample, length) for length in volumes.shape]
    return avg_pool3d(voxels, [*edges[:2], edges[2] // along], ceil_mode=True, count_include_pad=False)


def averaged_shape(shape: tuple[int, int, int], downsample: int) -> tuple[int, int, int]:
    """Edges (z, y, x) of what ``read`` gives for volumes of some shape."""
    z, y, x = (-(-edge // min(downsample, edge)) for edge in shape)
    return z, y, x


def _counted(packed: NDArray[np.uint8], along: int) -> NDArray[np.uint8]:
    """Bits set in each ``along`` (1, 2, 4 or 8) successive bits of the last axis: uint8[..., 8 / along as many]."""
    table = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).reshape(256, BITS // along, along)
    found: NDArray[np.uint8] = table.sum(axis=2, dtype=np.uint8)[packed]
    return found.reshape(*packed.shape[:-1], -1)


def _unpacked_on_device(packed: NDArray[np.uint8], device: Device) -> Any:
    """Unpack bits along the last axis like ``numpy.unpackbits``, after an eighth of the traffic."""
    import torch

    shifts = torch.arange(BITS - 1, -1, -1, device=device, dtype=torch.uint8)
    there = torch.from_numpy(packed).to(device)
    return ((there[..., None] >> shifts) & 1).flatten(start_dim=-2)


def turned(voxels: Any, rng: np.random.Generator, *, through: bool) -> Any:
    """Each volume of a batch under a random symmetry that keeps the through-electrode axis 0 where it is.

    Flips along y and x, and quarter turns about axis 0 (half turns where y and x differ in length)
    change neither what flows along axis 0 nor what a cell made of the volume does. ``through`` also
    flips axis 0: effective diffusivity and porosity are the same from either side, but a cell is
    not, whose one face looks at the separator.
    """
    import torch

    square = voxels.shape[-2] == voxels.shape[-1]
    return torch.stack([_turned(volume, rng, square=square, through=through) for volume in voxels])


def _turned(volume: Any, rng: np.random.Generator, *, square: bool, through: bool) -> Any:
    """One volume [1, z, y, x] under a random symmetry."""
    import torch

    flips = rng.integers(2, size=3).astype(bool)
    turns = int(rng.integers(QUARTER_TURNS)) // (1 if square else 2) * (1 if square else 2)
    axes: Sequence[int] = [axis for axis, flip in zip((1, 2, 3), flips & [through, True, True], strict=True) if flip]
    flipped = torch.flip(volume, axes) if axes else volume
    return torch.rot90(flipped, turns, (2, 3)) if turns else flipped
