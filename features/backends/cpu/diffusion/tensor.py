"""The conductivity tensor of a periodic medium from its three solutions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .....array_types import Float32, Float64, Mask, UInt8
from ..compile import kernel
from .conductance import harmonic_means, join_phases
from .layout import scales_along
from .voxels import scales_of


def conduction_tensor(
    phases: UInt8,
    conductivity: Float64,
    spanning: Sequence[Mask],
    deviations: Sequence[Float32 | None],
    edges: tuple[float, float, float],
) -> Float64:
    """float64[3, 3]: the work that the solution along each axis does on that along each other, over all faces.

    ``spanning``: the voxels that carry flow along z, y, x; ``deviations``: of the three solutions, from profiles that fall
    by 1 from plane to plane, None where nothing flows. The work of a solution on itself is its energy; between two it is
    the flux that each makes along the other's axis, with an error that is the product of theirs.
    """
    number, tensor = len(conductivity), np.zeros((3, 3))
    largest = float(conductivity.max(initial=0.0)) or 1.0
    between = harmonic_means(np.append(conductivity, 0.0) / largest)
    scales = scales_of(scales_along(0, edges))
    for a in range(3):
        for b in range(a + 1):
            first, second = deviations[a], deviations[b]
            if first is None or second is None:
                continue
            both = np.where(spanning[a] & spanning[b], phases, np.uint8(number))
            faces = join_phases(both, between, scales, (True, True, True))
            falls = [edges[a] / edges[0] * float(axis == a) for axis in range(3)]
            others = [edges[b] / edges[0] * float(axis == b) for axis in range(3)]
            work = sum(
                _work(
                    np.moveaxis(faces[axis], axis, 0),
                    np.moveaxis(first, axis, 0),
                    np.moveaxis(second, axis, 0),
                    edges[a] / edges[0],
                    edges[b] / edges[0],
                    falls[axis],
                    others[axis],
                )
                for axis in range(3)
            )
            tensor[a, b] = tensor[b, a] = work * largest / phases.size
    return tensor


@kernel
def _work(
    faces: Float32, first: Float32, second: Float32, unit: float, other_unit: float, fall: float, other_fall: float
) -> float:
    """Sum over the faces across axis 0 of conductance times the falls of both potentials."""
    planes, height, width = faces.shape
    total = 0.0
    for z in range(planes):
        after = (z + 1) % planes
        for y in range(height):
            for x in range(width):
                if faces[z, y, x] > 0:
                    one = unit * np.float64(first[z, y, x] - first[after, y, x]) + fall
                    other = other_unit * np.float64(second[z, y, x] - second[after, y, x]) + other_fall
                    total += faces[z, y, x] * one * other
    return total
