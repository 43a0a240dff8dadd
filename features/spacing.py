"""Voxels that are no cubes: their edges relative to the smallest, in which descriptors count lengths.

Squared distances stay whole numbers. The squares of the edges are written as whole ``weights`` over one number of
``parts``, (1, 4, 4) over 1 for edges of 1 : 2 : 2 and (4, 9, 9) over 4 for 2 : 3 : 3, so that both back ends compute the
same distances exactly and cubes, whose weights are (1, 1, 1), as ever. Edges in no such proportion are rounded to the
nearest one: lengths along an axis then differ from what was given by less than ``ROUNDED``, mostly by far less.
"""

from __future__ import annotations

import functools
import math
from typing import Final, TypeAlias

from ..errors import VolumeError
from .voxels import Spacing, is_cubic

Weights: TypeAlias = tuple[int, int, int]
"""Squared edges of a voxel along z, y and x in parts of the squared smallest edge."""

CUBE: Final[Spacing] = (1.0, 1.0, 1.0)
"""Relative edges of a cube."""
UNIT: Final[Weights] = (1, 1, 1)
"""Weights of a cube."""
NOT_CUBIC = "anisotropic_voxels"
"""Reason of values that are undefined because voxels are no cubes."""
TESTED_RATIO = 5.0
"""Longest over shortest edge up to which estimators are tested; beyond it a warning stands beside the values."""
LARGEST_RATIO = 20.0
"""Longest over shortest edge beyond which voxels are refused."""
ROUNDED = 0.005
"""Relative difference of the rounded lengths along an axis from those given, at most."""

_MOST_PARTS = 64
_FARTHEST = 2**28
"""Squared diagonal of a volume, in parts, that leaves room for sums in 32 bits."""


def edge_and_spacing(edges: float | Spacing) -> tuple[float, Spacing]:
    """The smallest edge of a voxel in metres, and its edges relative to it; one number is the edge of a cube."""
    if isinstance(edges, float | int):
        return edges, CUBE
    smallest = min(edges)
    # files state edges to six digits, and 3e-7 / 1e-7 is not 3
    z, y, x = (round(edge / smallest, 9) for edge in edges)
    return smallest, (z, y, x)


def one_or_three(edges: Spacing) -> float | Spacing:
    """The edge of a cube where three edges are the same to a thousandth, else all three; VolumeError beyond ``LARGEST_RATIO``."""
    if is_cubic(edges):
        return edges[2]
    if max(edges) > LARGEST_RATIO * min(edges):
        said = " x ".join(f"{edge:g}" for edge in edges)
        raise VolumeError(
            f"expected edges of a voxel that differ by less than {LARGEST_RATIO:g} times, got {said} m (z, y, x)"
        )
    return edges


def elongated(edges: Spacing) -> str:
    """Remarks on edges of a voxel that differ by more than ``TESTED_RATIO``."""
    ratio = max(edges) / min(edges)
    return (
        f"the edges of a voxel differ {ratio:.3g} times; surfaces, curvatures and distances are tested up to {TESTED_RATIO:g} "
        "times: resample the volume"
    )


def volume_of_voxel(spacing: Spacing) -> float:
    """Volume of a voxel in cubes of its smallest edge."""
    return math.prod(spacing)


@functools.lru_cache(maxsize=64)
def squared_edges(spacing: Spacing, shape: tuple[int, int, int]) -> tuple[Weights, int]:
    """Weights of the axes and parts of the squared smallest edge: the fewest parts that give the edges best."""
    if spacing == CUBE:
        return UNIT, 1
    diagonal = sum((edge * length) ** 2 for edge, length in zip(spacing, shape, strict=True))
    most = max(1, min(_MOST_PARTS, int(_FARTHEST / diagonal)))

    def error(parts: int) -> float:
        return max(abs(round(parts * edge**2) / parts / edge**2 - 1.0) for edge in spacing)

    parts = min(range(1, most + 1), key=lambda number: (round(error(number), 9), number))
    z, y, x = (round(parts * edge**2) for edge in spacing)
    return (z, y, x), parts
