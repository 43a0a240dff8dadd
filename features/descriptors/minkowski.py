"""Minkowski functionals of the pore phase from one histogram of 2x2x2 voxel patterns.

Every functional is linear in the probabilities that given corners of a 2x2x2 cube are all pore
(Ohser and Mücklich, Statistical Analysis of Microstructures in Materials Science, 2000). Only cubes
inside the volume count, so the faces of the volume are no interface and the densities have no edge bias.
Where voxels are no cubes the 13 directions are those of the voxels, with weights of their own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..crofton import lines, planes
from ..declaration import Column, descriptor
from ..spacing import CUBE, volume_of_voxel
from ..workspace import Workspace

if TYPE_CHECKING:
    from ..voxels import Spacing

_CUBE = range(8)
# pairs of corners that differ in one, two and three coordinates: along an axis, a face and a body diagonal
_AXIS_PAIRS, _FACE_PAIRS, _CUBE_PAIRS = (
    tuple((a, b) for a, b in itertools.combinations(_CUBE, 2) if (a ^ b).bit_count() == number) for number in (1, 2, 3)
)
# share of directions nearest to each of the 3 + 6 + 4 directions of a cube, by their Voronoi cells on the
# sphere (Ohser and Mücklich 2000, as in MorphoLibJ, doi:10.1093/bioinformatics/btw413)
_WEIGHTS = (3 * 0.0915557824, 6 * 0.0739612557, 4 * 0.0703912795)
_SQUARES = tuple(tuple(corner for corner in _CUBE if corner >> bit & 1 == side) for bit in range(3) for side in (0, 1))
# corners a, a + u, a + v, a + u + v with u along an axis and v along a diagonal of the other two
_RECTANGLES = tuple(
    tuple(corner for corner in _CUBE if (corner >> first & 1) ^ (corner >> second & 1) == unequal)
    for first, second in ((0, 1), (0, 2), (1, 2))
    for unequal in (0, 1)
)
# the three corners next to each corner: two triangles for each of the four body diagonals
_TRIANGLES = tuple((corner ^ 1, corner ^ 2, corner ^ 4) for corner in _CUBE)
_SMALLEST = 2
"""Voxels that a pattern is wide."""

_UNDEFINED = "fewer than two voxels along an axis"


@descriptor(
    columns={
        "specific_surface": Column(
            "1/m",
            "area of the pore wall per volume, Crofton's formula in 13 directions",
            low=0.0,
            high=2.0,
            undefined=_UNDEFINED,
            length_power=-1,
            average=True,
        ),
        "mean_curvature_density": Column(
            "1/m2",
            "mean curvature integrated over the pore wall per volume, positive where pores bulge out",
            undefined=_UNDEFINED,
            length_power=-2,
        ),
        "euler_number_density": Column(
            "1/m3",
            "Euler number of the pores per volume: pieces - handles + cavities, pore voxels joined by faces",
            undefined=_UNDEFINED,
            length_power=-3,
        ),
        "euler_number_density_solid": Column(
            "1/m3",
            "Euler number of the solid joined by faces per volume, which is that of the pores joined by corners too",
            undefined=_UNDEFINED,
            length_power=-3,
        ),
    },
    tier="morphology",
    version=1,
    only_cubes=False,
    reference="doi:10.1002/9780470723142",
)
def minkowski(work: Workspace) -> Mapping[str, float]:
    """Surface, curvature and connectivity of the interface."""
    if min(work.shape) < _SMALLEST:
        return dict.fromkeys(
            ("specific_surface", "mean_curvature_density", "euler_number_density", "euler_number_density_solid"),
            math.nan,
        )
    counts, spacing = work.configurations, work.spacing
    pore = Probabilities(counts / counts.sum())
    solid = Probabilities(pore.shares[::-1])
    return {
        "specific_surface": specific_surface(pore, spacing),
        "mean_curvature_density": math.pi * (_section_euler(pore, spacing) - _section_euler(solid, spacing)),
        "euler_number_density": _euler(pore) / volume_of_voxel(spacing),
        "euler_number_density_solid": _euler(solid) / volume_of_voxel(spacing),
    }


class Probabilities:
    """Shares of the 256 patterns, and what follows for sets of corners."""

    def __init__(self, shares: NDArray[np.float64]) -> None:
        self.shares = shares
        self._patterns = np.arange(256)

    def all_of(self, corners: Iterable[int]) -> float:
        """Probability that these corners all belong to the phase."""
        bits = sum(1 << corner for corner in corners)
        return float(self.shares[self._patterns & bits == bits].sum())

    def mean(self, sets: Iterable[Iterable[int]]) -> float:
        """Mean of ``all_of`` over equivalent sets of corners."""
        values = [self.all_of(corners) for corners in sets]
        return sum(values) / len(values)


def specific_surface(pore: Probabilities, spacing: Spacing) -> float:
    """Twice the mean number of interfaces met per length of a line (Cauchy, Crofton)."""
    point = pore.mean([(corner,) for corner in _CUBE])
    if spacing != CUBE:
        return 4.0 * sum(line.weight * (point - pore.mean(line.pairs)) / line.length for line in lines(spacing))
    met = 0.0
    for weight, length, pairs in zip(
        _WEIGHTS, (1.0, math.sqrt(2.0), math.sqrt(3.0)), (_AXIS_PAIRS, _FACE_PAIRS, _CUBE_PAIRS), strict=True
    ):
        met += weight * 2.0 * (point - pore.mean(pairs)) / length
    return 2.0 * met


def _section_euler(phase: Probabilities, spacing: Spacing) -> float:
    """Mean Euler number per area of plane sections in 13 orientations, voxels joined by edges of the section."""
    point = phase.mean([(corner,) for corner in _CUBE])
    if spacing != CUBE:
        return sum(
            plane.weight
            * (point - sum(map(phase.mean, plane.edges)) + sum(map(phase.mean, plane.polygons)))
            / plane.area
            for plane in planes(spacing)
        )
    along, across = phase.mean(_AXIS_PAIRS), phase.mean(_FACE_PAIRS)
    square = point - 2.0 * along + phase.mean(_SQUARES)
    rectangle = (point - along - across + phase.mean(_RECTANGLES)) / math.sqrt(2.0)
    triangle = (point - 3.0 * across + 2.0 * phase.mean(_TRIANGLES)) / math.sqrt(3.0)
    return _WEIGHTS[0] * square + _WEIGHTS[1] * rectangle + _WEIGHTS[2] * triangle


def _euler(phase: Probabilities) -> float:
    """Corners - edges + faces - cubes of the complex whose corners are the voxels of the phase."""
    point = phase.mean([(corner,) for corner in _CUBE])
    return point - 3.0 * phase.mean(_AXIS_PAIRS) + 3.0 * phase.mean(_SQUARES) - phase.all_of(_CUBE)
