"""Flow of a solution: energy and plane fluxes of a potential, and the throughput of each voxel."""

from __future__ import annotations

import numpy as np

from .....array_types import Float32, Float64, UInt8
from ..compile import kernel


@kernel(fastmath=True)
def measure(
    scales: tuple[np.float32, np.float32, np.float32], voxels: UInt8, potential: Float32, fluxes: Float64
) -> float:
    """The energy (conductance times squared difference, over conducting faces); ``fluxes[k]`` <- flow through the face below plane k.

    ``potential`` is the deviation from the linear profile that falls by 1 from plane to plane: a
    volume that is all pore has the energy of its number of voxels. By Dirichlet's principle the energy of any potential is at least the true flow, and exceeds
    it by the square of the error.
    """
    planes, height, width = voxels.shape
    drop = np.float32(1)
    none = np.float32(0)
    energy = 0.0
    fluxes[:] = 0
    for z in range(planes):
        for y in range(height):
            row, here = voxels[z, y], potential[z, y]
            if z == 0:
                flow, work = _through_end(row, here, drop, np.float32(-1))
                fluxes[0] += np.float64(flow)
                energy += np.float64(work)
            if z == planes - 1:
                flow, work = _through_end(row, here, drop, np.float32(1))
                fluxes[planes] += np.float64(flow)
                energy += np.float64(work)
            else:
                flow, work = _through(row, voxels[z + 1, y], here, potential[z + 1, y], drop)
                fluxes[z + 1] += np.float64(flow)
                energy += np.float64(work)
            if y + 1 < height:
                work = _through(row, voxels[z, y + 1], here, potential[z, y + 1], none)[1]
                energy += np.float64(scales[1]) * np.float64(work)
            if width > 1:
                work = _through(row[1:], row[:-1], here[1:], here[:-1], none)[1]
                energy += np.float64(scales[2]) * np.float64(work)
    return energy


@kernel(fastmath=True)
def throughput(scales: tuple[np.float32, np.float32, np.float32], voxels: UInt8, potential: Float32) -> Float32:
    """Half the sum of the absolute flows through the faces of each voxel: what enters it and leaves it."""
    planes, height, width = voxels.shape
    drop = np.float32(1)
    none, half = np.float32(0), np.float32(0.5)
    out = np.zeros(voxels.shape, np.float32)
    for z in range(planes):
        for y in range(height):
            row, here, mine = voxels[z, y], potential[z, y], out[z, y]
            for sign in (np.float32(-1), np.float32(1)):
                if (z == 0 and sign < 0) or (z == planes - 1 and sign > 0):
                    for x in range(width):
                        mine[x] += row[x] * half * abs(drop + np.float32(2) * sign * here[x])
            if z + 1 < planes:
                _share(row, voxels[z + 1, y], here, potential[z + 1, y], drop, half * scales[0], mine, out[z + 1, y])
            if y + 1 < height:
                _share(row, voxels[z, y + 1], here, potential[z, y + 1], none, half * scales[1], mine, out[z, y + 1])
            for x in range(width - 1):
                flow = half * scales[2] * np.float32(row[x] & row[x + 1]) * abs(here[x] - here[x + 1])
                mine[x] += flow
                mine[x + 1] += flow
    return out


@kernel(fastmath=True)
def _through(
    row: UInt8, other: UInt8, here: Float32, there: Float32, drop: np.float32
) -> tuple[np.float32, np.float32]:
    flow, work = np.float32(0), np.float32(0)
    for x in range(row.size):
        difference = np.float32(row[x] & other[x]) * (here[x] - there[x] + drop)
        flow += difference
        work += difference * difference
    return flow, work


@kernel(fastmath=True)
def _through_end(row: UInt8, here: Float32, drop: np.float32, sign: np.float32) -> tuple[np.float32, np.float32]:
    flow, work = np.float32(0), np.float32(0)
    for x in range(row.size):
        difference = np.float32(row[x]) * (np.float32(0.5) * drop + sign * here[x])
        flow += np.float32(2) * difference
        work += np.float32(2) * difference * difference
    return flow, work


@kernel(fastmath=True)
def _share(
    row: UInt8,
    other: UInt8,
    here: Float32,
    there: Float32,
    drop: np.float32,
    share: np.float32,
    mine: Float32,
    yours: Float32,
) -> None:
    for x in range(row.size):
        flow = share * np.float32(row[x] & other[x]) * abs(here[x] - there[x] + drop)
        mine[x] += flow
        yours[x] += flow


@kernel
def count_contacts(voxels: UInt8) -> tuple[int, float]:
    """Faces between two conducting voxels, and the energy of the profile that falls by 1 from plane to plane."""
    planes, height, width = voxels.shape
    total, across, outside = 0, 0, 0
    for z in range(planes):
        for y in range(height):
            row = voxels[z, y]
            shared, after = 0, 0
            if z + 1 < planes:
                for x in range(width):
                    after += row[x] & voxels[z + 1, y, x]
            if y + 1 < height:
                for x in range(width):
                    shared += row[x] & voxels[z, y + 1, x]
            for x in range(width - 1):
                shared += row[x] & row[x + 1]
            total += shared + after
            across += after
            if z == 0 or z + 1 == planes:
                for x in range(width):
                    outside += row[x] * ((z == 0) + (z + 1 == planes))
    # half a voxel to an outer face: twice the conductance, half the fall
    return total, across + 0.5 * outside
