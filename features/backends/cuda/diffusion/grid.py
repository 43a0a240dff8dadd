"""A batch of grids of one shape, padded with one layer of zeros, and the threads that share them out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels import BLOCK

if TYPE_CHECKING:
    from ..device import Device
    from ..kernels import Kernel

MOST_THREADS = 2**16
"""Threads a volume. A batch of a few volumes fills the largest devices, and a sum has as many parts."""
PER_THREAD = 4
"""Voxels that a thread has at least to do, of small volumes."""


@dataclass(frozen=True)
class Grid:
    """``batch`` volumes of ``shape`` (nz, ny, nx)."""

    batch: int
    shape: tuple[int, int, int]

    @cached_property
    def voxels(self) -> int:
        """Voxels of one volume, without the padding."""
        z, y, x = self.shape
        return z * y * x

    @cached_property
    def padded(self) -> tuple[int, int, int, int]:
        """The shape of an array over this grid."""
        z, y, x = self.shape
        return self.batch, z + 2, y + 2, x + 2

    @cached_property
    def threads(self) -> int:
        """Threads a volume: whole blocks, and the same for every batch, so that sums are added in the same order."""
        return threads_for(self.voxels)

    @cached_property
    def halved(self) -> Grid:
        """The grid of aggregates of 2 x 2 x 2."""
        z, y, x = ((length + 1) // 2 for length in self.shape)
        return Grid(self.batch, (z, y, x))

    def zeros(self, device: Device, dtype: Any = np.float32) -> Any:
        """An array over the padded grid."""
        return device.xp.zeros(self.padded, dtype)

    @property
    def lengths(self) -> tuple[np.int32, np.int32, np.int32]:
        """nz, ny, nx as kernels take them."""
        z, y, x = map(np.int32, self.shape)
        return z, y, x

    def launch(self, device: Device, kernel: Kernel, *arguments: Any) -> None:
        """Queue a kernel whose first parameters are the threads a volume and the shape."""
        device.launch(kernel, self.batch * self.threads, np.int32(self.threads), *self.lengths, *arguments)


def threads_for(items: int) -> int:
    """Threads a volume for so many voxels or entries."""
    blocks = -(-items // (PER_THREAD * BLOCK))
    return min(blocks * BLOCK, MOST_THREADS)
