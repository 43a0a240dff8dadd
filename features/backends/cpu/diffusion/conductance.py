"""Conductances between aggregates of 2 x 2 x 2 voxels, and between aggregates of those.

The conductance between two aggregates is the sum over the faces they share, times 0.5: potentials that
are constant in an aggregate resist twice as much as they should, since the distance doubles. The
factor is what makes corrections by plain aggregates work (over-correction).

Braess, D.: Towards algebraic multigrid for elliptic problems of second order. Computing 55 (1995), 379-393.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .....array_types import Float32
from ..compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Conductances(NamedTuple):
    """``z[k, j, i]`` joins cells (k, j, i) and (k + 1, j, i), likewise y and x; ``ends[s, j, i]`` joins an outer face."""

    z: Float32
    y: Float32
    x: Float32
    ends: Float32

    @classmethod
    def none(cls, shape: tuple[int, int, int]) -> Conductances:
        """Cells that nothing joins."""
        z, y, x = (np.zeros(shape, np.float32) for _ in range(3))
        return cls(z, y, x, np.zeros((2, *shape[1:]), np.float32))


def aggregate_voxels(voxels: NDArray[np.uint8]) -> Conductances:
    """Conductances of the aggregates of unit voxels (0 or 1), which are 2 towards the outer faces of axis 0."""
    coarse = Conductances.none(_halved(voxels.shape))
    _sum_voxels(voxels, *coarse)
    return coarse


def aggregate(fine: Conductances) -> Conductances:
    """Conductances of the aggregates of cells."""
    coarse = Conductances.none(_halved(fine.z.shape))
    _sum_faces(*fine, *coarse)
    return coarse


def _halved(shape: tuple[int, ...]) -> tuple[int, int, int]:
    z, y, x = ((length + 1) // 2 for length in shape)
    return z, y, x


@kernel
def _sum_voxels(voxels: NDArray[np.uint8], across: Float32, down: Float32, along: Float32, ends: Float32) -> None:
    planes, height, width = voxels.shape
    shared = np.zeros(width + 1, np.uint8)
    half = np.float32(0.5)
    for z in range(planes):
        for y in range(height):
            row = voxels[z, y]
            if z % 2 and z + 1 < planes:
                _add_pairs(across[z // 2, y // 2], row, voxels[z + 1, y], shared, half)
            if y % 2 and y + 1 < height:
                _add_pairs(down[z // 2, y // 2], row, voxels[z, y + 1], shared, half)
            out = along[z // 2, y // 2]
            for x in range((width - 1) // 2):
                out[x] += half * np.float32(row[2 * x + 1] & row[2 * x + 2])
            if z == 0:
                _add_pairs(ends[0, y // 2], row, row, shared, np.float32(1))
            if z == planes - 1:
                _add_pairs(ends[1, y // 2], row, row, shared, np.float32(1))


@kernel
def _add_pairs(
    out: Float32, row: NDArray[np.uint8], other: NDArray[np.uint8], shared: NDArray[np.uint8], weight: np.float32
) -> None:
    """Add the faces that two rows of voxels share, two by two; ``shared`` ends in a zero."""
    for x in range(row.size):
        shared[x] = row[x] & other[x]
    for x in range(out.size):
        out[x] += weight * np.float32(shared[2 * x] + shared[2 * x + 1])


@kernel
def _sum_faces(
    fine_z: Float32,
    fine_y: Float32,
    fine_x: Float32,
    fine_ends: Float32,
    coarse_z: Float32,
    coarse_y: Float32,
    coarse_x: Float32,
    coarse_ends: Float32,
) -> None:
    planes, height, width = fine_z.shape
    half = np.float32(0.5)
    for z in range(planes):
        for y in range(height):
            for x in range(width):
                if z % 2:
                    coarse_z[z // 2, y // 2, x // 2] += half * fine_z[z, y, x]
                if y % 2:
                    coarse_y[z // 2, y // 2, x // 2] += half * fine_y[z, y, x]
                if x % 2:
                    coarse_x[z // 2, y // 2, x // 2] += half * fine_x[z, y, x]
    for side in range(2):
        for y in range(height):
            for x in range(width):
                coarse_ends[side, y // 2, x // 2] += half * fine_ends[side, y, x]
