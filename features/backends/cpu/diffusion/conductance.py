"""Conductances between aggregates of 2 x 2 x 2 voxels, and between aggregates of those.

The conductance between two aggregates is the sum over the faces they share, times 0.5: potentials that
are constant in an aggregate resist twice as much as they should, since the distance doubles. The
factor is what makes corrections by plain aggregates work (over-correction).

Braess, D.: Towards algebraic multigrid for elliptic problems of second order. Computing 55 (1995), 379-393.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .....array_types import Float32, Float64, Int64, UInt8
from ..compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .layout import Scales, Wraps


class Conductances(NamedTuple):
    """``z[k, j, i]`` joins cells (k, j, i) and (k + 1, j, i), likewise y and x; ``ends[s, j, i]`` joins an outer face.

    The last entry along an axis joins the last cell to the first: 0 unless the axis is periodic.
    """

    z: Float32
    y: Float32
    x: Float32
    ends: Float32

    @classmethod
    def none(cls, shape: tuple[int, int, int]) -> Conductances:
        """Cells that nothing joins."""
        z, y, x = (np.zeros(shape, np.float32) for _ in range(3))
        return cls(z, y, x, np.zeros((2, *shape[1:]), np.float32))


def aggregate_voxels(voxels: UInt8, scales: Scales = None) -> Conductances:
    """Conductances of the aggregates of unit voxels (0 or 1), which are 2 towards the outer faces of axis 0."""
    coarse = Conductances.none(_halved(voxels.shape))
    _sum_voxels(voxels, *coarse)
    for faces, scale in zip(coarse[:3], scales or (), strict=False):
        np.multiply(faces, scale, out=faces)
    return coarse


def aggregate(fine: Conductances) -> Conductances:
    """Conductances of the aggregates of cells."""
    coarse = Conductances.none(_halved(fine.z.shape))
    _sum_faces(*fine, *coarse)
    return coarse


def harmonic_means(conductivity: Float64) -> Float32:
    """float32[n, n]: what a face between two phases conducts, two halves in series; 0 where either does not conduct."""
    a, b = conductivity[:, None], conductivity[None, :]
    both = np.where(a + b > 0.0, a + b, 1.0)
    return np.asarray(2.0 * a * b / both, np.float32)


def join_phases(phases: UInt8, between: Float32, scales: tuple[Any, Any, Any], wraps: Wraps) -> Conductances:
    """Conductances of voxels: ``between[a, b]`` for two phases times the scale of the axis.

    The outer faces of axis 0 lie half a voxel away, so that they have twice what a phase has to itself; none where
    the axis is periodic.
    """
    joined = Conductances.none(_shape(phases))
    wraps_z, wraps_y, wraps_x = wraps
    tables = [between * np.float32(scale) for scale in scales]
    _join_along_z(phases, tables[0], wraps_z, joined.z)
    _join_in_planes(phases, tables[1], tables[2], wraps_y, wraps_x, joined.y, joined.x)
    if not wraps[0]:
        own = 2 * np.diagonal(tables[0])
        joined.ends[0], joined.ends[1] = own[phases[0]], own[phases[-1]]
    return joined


def even_seams(cells: Conductances, wraps: Wraps) -> tuple[Conductances, Wraps]:
    """The same cells of even length along periodic axes, and along which axes they still are.

    Where a length is odd, a cell comes between the last and the first that conducts twice as well to either: in series
    as well as they did directly. A single cell is joined to itself, which its potential
    does not depend on.
    """
    still = [wrap and length > 1 for wrap, length in zip(wraps, cells.z.shape, strict=True)]
    for axis, wrap in enumerate(wraps):
        length = cells.z.shape[axis]
        if wrap and not still[axis]:
            faces = list(cells)
            faces[axis] = np.zeros_like(faces[axis])
            cells = Conductances(*faces)
        elif wrap and length % 2:
            room = [(0, int(a == axis)) for a in range(3)]
            outer = room if axis else [(0, 0)] * 3
            z, y, x = (np.pad(array, room) for array in cells[:3])
            seam = np.moveaxis((z, y, x)[axis], axis, 0)
            seam[length] = seam[length - 1] = 2 * seam[length - 1]
            cells = Conductances(z, y, x, np.pad(cells.ends, outer))
    return cells, (still[0], still[1], still[2])


def _shape(array: NDArray[Any]) -> tuple[int, int, int]:
    z, y, x = array.shape
    return z, y, x


def _halved(shape: tuple[int, ...]) -> tuple[int, int, int]:
    z, y, x = ((length + 1) // 2 for length in shape)
    return z, y, x


@kernel
def count_phases(phases: UInt8, spanning: UInt8, counts: Int64, through: Int64) -> None:
    """Add to ``counts`` the voxels of each phase, and to ``through`` those that span (1, not 0)."""
    planes, height, width = phases.shape
    for z in range(planes):
        for y in range(height):
            for x in range(width):
                counts[phases[z, y, x]] += 1
                through[phases[z, y, x]] += spanning[z, y, x]


@kernel
def _join_along_z(phases: UInt8, between: Float32, wraps: bool, out: Float32) -> None:  # noqa: FBT001  kernels are called by position
    planes, height, width = phases.shape
    for z in range(planes if wraps else planes - 1):
        for y in range(height):
            row, other, joined = phases[z, y], phases[(z + 1) % planes, y], out[z, y]
            for x in range(width):
                joined[x] = between[row[x], other[x]]


@kernel
def _join_in_planes(
    phases: UInt8,
    between_y: Float32,
    between_x: Float32,
    wraps_y: bool,  # noqa: FBT001  kernels are called by position
    wraps_x: bool,  # noqa: FBT001  kernels are called by position
    down: Float32,
    along: Float32,
) -> None:
    planes, height, width = phases.shape
    for z in range(planes):
        for y in range(height):
            row, other = phases[z, y], phases[z, (y + 1) % height]
            if y + 1 < height or wraps_y:
                for x in range(width):
                    down[z, y, x] = between_y[row[x], other[x]]
            for x in range(width - 1):
                along[z, y, x] = between_x[row[x], row[x + 1]]
            if wraps_x:
                along[z, y, width - 1] = between_x[row[width - 1], row[0]]


@kernel
def _sum_voxels(voxels: UInt8, across: Float32, down: Float32, along: Float32, ends: Float32) -> None:
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
def _add_pairs(out: Float32, row: UInt8, other: UInt8, shared: UInt8, weight: np.float32) -> None:
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
