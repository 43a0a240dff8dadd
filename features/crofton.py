"""The 13 directions of lines and planes in a 2x2x2 block of voxels that are no cubes, for Crofton's formulas.

The weight of a direction is the share of all directions that lie nearest to it: the area of its Voronoi cell on the
sphere (Ohser and Mücklich, Statistical Analysis of Microstructures in Materials Science, 2000). The mean over isotropic
walls is then free of bias; a flat wall is off by what the directions leave between them, and the more so the longer the
voxels are.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .backends.sphere import shares_nearest

if TYPE_CHECKING:
    from .voxels import Spacing

Step: TypeAlias = tuple[int, int, int]
Sets: TypeAlias = tuple[tuple[int, ...], ...]
"""Sets of corners of a block; corner 4 dz + 2 dy + dx."""

DIRECTIONS: tuple[Step, ...] = tuple(
    (z, y, x)
    for z, y, x in itertools.product((-1, 0, 1), repeat=3)
    if (z, y, x) > (0, 0, 0)  # one of each two opposite ones
)
"""Steps (dz, dy, dx) of voxels."""
_BITS = (4, 2, 1)
_DIAGONAL = 2
"""Voxels that a diagonal of a face crosses."""
_AXES: tuple[Step, ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


@dataclass(frozen=True)
class Line:
    """Lines along one direction: its weight, the length of a step, and the pairs of corners a step apart."""

    weight: float
    length: float
    pairs: Sets


@dataclass(frozen=True)
class Plane:
    """Planes of one orientation: its weight, the area of a cell, and the pairs and polygons of corners that lie in a cell.

    The Euler number of a section counts corners - edges + polygons; each group holds what is equivalent by translation.
    """

    weight: float
    area: float
    edges: tuple[Sets, ...]
    polygons: tuple[Sets, ...]


@functools.lru_cache(maxsize=64)
def lines(spacing: Spacing) -> tuple[Line, ...]:
    """The lines along each of ``DIRECTIONS`` in voxels of these edges."""
    vectors = np.multiply(DIRECTIONS, spacing)
    known = zip(shares_nearest(vectors), np.linalg.norm(vectors, axis=1), DIRECTIONS, strict=True)
    return tuple(Line(float(weight), float(length), _translations(step)) for weight, length, step in known)


@functools.lru_cache(maxsize=64)
def planes(spacing: Spacing) -> tuple[Plane, ...]:
    """The planes of voxels whose normals are ``DIRECTIONS`` in cubes; in voxels of these edges a normal shrinks by each edge."""
    found = []
    for weight, normal in zip(shares_nearest(np.divide(DIRECTIONS, spacing)), DIRECTIONS, strict=True):
        u, v = _spanning(normal)
        if all(normal):
            # two triangles a cell, the three neighbours of either corner
            edges: tuple[Step, ...] = (u, v, _sum(u, v))
            corner = sum(bit for bit, sign in zip(_BITS, normal, strict=True) if sign > 0)
            polygons: tuple[Sets, ...] = tuple((tuple(end ^ bit for bit in _BITS),) for end in (corner, 7 - corner))
        else:
            edges, polygons = (u, v), (_translations(u, v),)
        area = np.linalg.norm(np.cross(np.multiply(u, spacing), np.multiply(v, spacing)))
        found.append(Plane(float(weight), float(area), tuple(map(_translations, edges)), polygons))
    return tuple(found)


def _spanning(normal: Step) -> tuple[Step, Step]:
    """Two steps that span a plane: axes that its normal lacks, and diagonals of faces across it."""
    z, y, x = normal
    found = [axis for axis, part in zip(_AXES, normal, strict=True) if not part]
    found += [diagonal for diagonal in ((z, -y, 0), (0, y, -x), (z, 0, -x)) if sum(map(abs, diagonal)) == _DIAGONAL]
    return found[0], found[1]


def _sum(one: Step, other: Step) -> Step:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _translations(*steps: Step) -> Sets:
    """Every place in the block of a point and those that lie any of the steps, or their sum, from it."""
    offsets = {(0, 0, 0), *steps, functools.reduce(_sum, steps)}
    found = []
    for z, y, x in itertools.product((0, 1), repeat=3):
        points = [_sum((z, y, x), offset) for offset in offsets]
        if all(coordinate in (0, 1) for point in points for coordinate in point):
            found.append(tuple(sorted(4 * dz + 2 * dy + dx for dz, dy, dx in points)))
    return tuple(found)
