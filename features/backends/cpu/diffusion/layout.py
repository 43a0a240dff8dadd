"""Memory layout of the voxels: two colours apart, rows of equal parity together.

The 7-point stencil joins red voxels (z + y + x even) to black ones only. Each colour has an array of
its own, ordered by plane z, by the parity of y, by y // 2 and by x // 2, with zeros all around. Seen
from the voxels of one plane and parity, every neighbour then lies at one fixed distance, so each step
of the solver is a few long loops without branches, as compilers vectorise them. For the block of red
(black) voxels that starts at ``i``, the black (red) neighbours start at

    z - 1, z + 1     i - 2 block, i + 2 block
    y - 1, y + 1     i + block - pitch, i + block (y even);  i - block, i - block + pitch (y odd)
    x - 1, x + 1     i, and i - 1 (i + 1) where z + y is even, i + 1 (i - 1) where it is odd

A 2 x 2 x 2 aggregate has its four red voxels at one place of four blocks, its four black ones too.

Where two opposite sides are joined, the zeros beyond them make room for copies (``halo``), and the length between them
is even, so that the colours alternate across the seam too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from .....array_types import Float32, Int64, UInt8

Scales: TypeAlias = tuple[np.float32, np.float32, np.float32] | None
"""Conductances of a face across z, y, x, relative to that across the axis of the flow; None: all are 1."""
Diagonal: TypeAlias = UInt8 | Float32
"""The diagonal of the voxels of one colour: what their faces conduct, a byte where each conducts 1."""
Wraps: TypeAlias = tuple[bool, bool, bool]
"""Whether the low side of the grid is joined to the high one along z, y, x."""


def scales_along(axis: int, edges: tuple[float, float, float]) -> Scales:
    """The conductances of the faces of voxels of these edges (z, y, x) where the grid is turned so that ``axis`` comes first."""
    turned = list(edges)
    turned[0], turned[axis] = edges[axis], edges[0]
    z, y, x = turned
    return None if z == y == x else (np.float32(1), np.float32((z / y) ** 2), np.float32((z / x) ** 2))


_LINE = 16
"""float32 values in a cache line: blocks start at multiples of it."""


@dataclass(frozen=True)
class Layout:
    """The arrays of one colour for a grid of some shape (z, y, x), even where it is periodic."""

    shape: tuple[int, int, int]
    wraps: Wraps = (False, False, False)

    @property
    def pitch(self) -> int:
        """Length of a row: half of x, and one zero; the next level's rows are as long, also where they are made even."""
        half = (self.shape[2] + 1) // 2
        return half + 1 + (half % 2 if self.wraps[2] and half > 1 else 0)

    @property
    def used(self) -> int:
        """Length of a block: half of the rows of a plane."""
        return (self.shape[1] + 1) // 2 * self.pitch

    @property
    def block(self) -> int:
        """Distance between blocks: at least one row of zeros in between, or one for each block's copies."""
        return _whole_lines(self.used + (2 if self.wraps[1] else 1) * self.pitch)

    @property
    def lead(self) -> int:
        """Zeros before the first plane of zeros."""
        return _whole_lines(self.pitch + 1)

    @property
    def size(self) -> int:
        """Length of an array."""
        return 2 * self.lead + 2 * (self.shape[0] + 2) * self.block

    def numbers(self, offset: int = 0) -> Int64:
        """The lengths that kernels take, by their place.

        0 planes, 1 first voxel, 2 length of a block, 3 of a row, 4 of a block without its padding, 5 height, 6 width,
        7, 8, 9 whether the grid is periodic along z, y, x, 10 where its array starts among those of other levels, 11
        length of the array.
        """
        first = self.shape[0], self.lead, self.block, self.pitch, self.used, *self.shape[1:]
        return np.array((*first, *self.wraps, offset, self.size), np.int64)


def _whole_lines(length: int) -> int:
    return -(-length // _LINE) * _LINE
