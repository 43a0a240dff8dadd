"""Flow of a potential through cells of unequal conductance: what enters each, the energy, plane fluxes, and fields.

``across``, ``down``, ``along``, ``ends`` are ``Conductances``; the potential is the deviation from the profile that
falls by 1 from plane to plane, also from the last plane to the first where they are joined.
"""

from __future__ import annotations

import numpy as np

from .....array_types import Float32, Float64, Int64
from ..compile import kernel


@kernel
def find_drops(layout: Int64, across: Float32, ends: Float32, red: Float32, black: Float32) -> None:
    """The net flow into each voxel where the potential is the profile, by colour."""
    planes, height, width = across.shape
    lead, block, pitch = layout[1], layout[2], layout[3]
    half = np.float32(0.5)
    total = np.zeros(width, np.float32)
    for z in range(planes):
        for y in range(height):
            # before the first comes the last, to which nothing leads unless the axis is periodic
            for x in range(width):
                total[x] = across[z - 1, y, x] - across[z, y, x]
            if z == 0:
                for x in range(width):
                    total[x] += half * ends[0, y, x]
            if z + 1 == planes:
                for x in range(width):
                    total[x] -= half * ends[1, y, x]
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for i in range((width - colour + 1) // 2):
                red[start + i] = total[2 * i + colour]
            for i in range((width + colour) // 2):
                black[start + i] = total[2 * i + 1 - colour]


@kernel(fastmath=True)
def find_source(
    layout: Int64,
    across: Float32,
    down: Float32,
    along: Float32,
    ends: Float32,
    potential: Float32,
    red: Float32,
    black: Float32,
) -> None:
    """The net flow into each voxel, by colour.

    Differences of neighbouring potentials are taken first: they are exact in float32 where the sum
    over neighbours less the potential times their number is not.
    """
    planes, height, width = potential.shape
    lead, block, pitch = layout[1], layout[2], layout[3]
    drop, none, half = np.float32(1), np.float32(0), np.float32(0.5)
    total = np.zeros(width, np.float32)
    for z in range(planes):
        for y in range(height):
            here = potential[z, y]
            total[:] = 0
            # before the first comes the last, to which nothing leads unless the axis is periodic
            _flow_in(total, across[z - 1, y], potential[z - 1, y], here, drop)
            _flow_in(total, across[z, y], potential[(z + 1) % planes, y], here, -drop)
            if z == 0:
                _flow_from_end(total, ends[0, y], here, half)
            if z + 1 == planes:
                _flow_from_end(total, ends[1, y], here, -half)
            _flow_in(total, down[z, y - 1], potential[z, y - 1], here, none)
            _flow_in(total, down[z, y], potential[z, (y + 1) % height], here, none)
            faces, last = along[z, y], width - 1
            _flow_in(total[1:], faces[:last], here[:last], here[1:], none)
            _flow_in(total[:last], faces[:last], here[1:], here[:last], none)
            seam = faces[last] * (here[last] - here[0])
            total[0] += seam
            total[last] -= seam
            start = lead + (2 * (z + 1) + y % 2) * block + y // 2 * pitch
            colour = (z + y) % 2
            for i in range((width - colour + 1) // 2):
                red[start + i] = total[2 * i + colour]
            for i in range((width + colour) // 2):
                black[start + i] = total[2 * i + 1 - colour]


@kernel(fastmath=True)
def measure(
    across: Float32, down: Float32, along: Float32, ends: Float32, potential: Float32, fluxes: Float64
) -> float:
    """The energy (conductance times squared difference, over all faces); ``fluxes[k]`` <- flow through the faces before plane k."""
    planes, height, width = potential.shape
    drop, none, half = np.float32(1), np.float32(0), np.float32(0.5)
    energy = 0.0
    fluxes[:] = 0
    for z in range(planes):
        for y in range(height):
            here = potential[z, y]
            flow, work = _through(across[z, y], here, potential[(z + 1) % planes, y], drop)
            fluxes[z + 1] += np.float64(flow)
            energy += np.float64(work)
            if z == 0:
                flow, work = _through_end(ends[0, y], here, half, np.float32(-1))
                fluxes[0] += np.float64(flow)
                energy += np.float64(work)
            if z + 1 == planes:
                flow, work = _through_end(ends[1, y], here, half, np.float32(1))
                fluxes[planes] += np.float64(flow)
                energy += np.float64(work)
            energy += np.float64(_through(down[z, y], here, potential[z, (y + 1) % height], none)[1])
            faces, last = along[z, y], width - 1
            energy += np.float64(_through(faces[:last], here[:last], here[1:], none)[1])
            seam = here[last] - here[0]
            energy += np.float64(faces[last] * seam * seam)
    # where the ends are joined nothing passes an outer face, and the last flow is the first
    if fluxes[0] == 0.0:
        fluxes[0] = fluxes[planes]
    return energy


@kernel(fastmath=True)
def throughput(across: Float32, down: Float32, along: Float32, ends: Float32, potential: Float32) -> Float32:
    """Half the sum of the absolute flows through the faces of each voxel: what enters it and leaves it."""
    planes, height, width = potential.shape
    half = np.float32(0.5)
    out = np.zeros(potential.shape, np.float32)
    for z in range(planes):
        for y in range(height):
            for x in range(width):
                here = potential[z, y, x]
                after = half * across[z, y, x] * abs(here - potential[(z + 1) % planes, y, x] + np.float32(1))
                below = half * down[z, y, x] * abs(here - potential[z, (y + 1) % height, x])
                right = half * along[z, y, x] * abs(here - potential[z, y, (x + 1) % width])
                out[z, y, x] += after + below + right
                out[(z + 1) % planes, y, x] += after
                out[z, (y + 1) % height, x] += below
                out[z, y, (x + 1) % width] += right
                if z == 0:
                    out[z, y, x] += half * ends[0, y, x] * abs(half - here)
                if z + 1 == planes:
                    out[z, y, x] += half * ends[1, y, x] * abs(half + here)
    return out


@kernel(fastmath=True)
def flux_field(across: Float32, down: Float32, along: Float32, ends: Float32, potential: Float32) -> Float32:
    """float32[3, z, y, x]: the mean flow through the two faces of each voxel across axes 0, 1, 2."""
    planes, height, width = potential.shape
    half = np.float32(0.5)
    out = np.zeros((3, planes, height, width), np.float32)
    for z in range(planes):
        for y in range(height):
            for x in range(width):
                here = potential[z, y, x]
                after = half * across[z, y, x] * (here - potential[(z + 1) % planes, y, x] + np.float32(1))
                below = half * down[z, y, x] * (here - potential[z, (y + 1) % height, x])
                right = half * along[z, y, x] * (here - potential[z, y, (x + 1) % width])
                out[0, z, y, x] += after
                out[0, (z + 1) % planes, y, x] += after
                out[1, z, y, x] += below
                out[1, z, (y + 1) % height, x] += below
                out[2, z, y, x] += right
                out[2, z, y, (x + 1) % width] += right
                if z == 0:
                    out[0, z, y, x] += half * ends[0, y, x] * (half - here)
                if z + 1 == planes:
                    out[0, z, y, x] += half * ends[1, y, x] * (half + here)
    return out


@kernel(fastmath=True)
def _flow_in(total: Float32, faces: Float32, there: Float32, here: Float32, drop: np.float32) -> None:
    for x in range(total.size):
        total[x] += faces[x] * (there[x] - here[x] + drop)


@kernel(fastmath=True)
def _flow_from_end(total: Float32, faces: Float32, here: Float32, outside: np.float32) -> None:
    """Half a voxel to the outer face, where the profile is exact."""
    for x in range(total.size):
        total[x] += faces[x] * (outside - here[x])


@kernel(fastmath=True)
def _through(faces: Float32, here: Float32, there: Float32, drop: np.float32) -> tuple[np.float32, np.float32]:
    flow, work = np.float32(0), np.float32(0)
    for x in range(faces.size):
        difference = here[x] - there[x] + drop
        flow += faces[x] * difference
        work += faces[x] * difference * difference
    return flow, work


@kernel(fastmath=True)
def _through_end(faces: Float32, here: Float32, half: np.float32, sign: np.float32) -> tuple[np.float32, np.float32]:
    flow, work = np.float32(0), np.float32(0)
    for x in range(faces.size):
        difference = half + sign * here[x]
        flow += faces[x] * difference
        work += faces[x] * difference * difference
    return flow, work
