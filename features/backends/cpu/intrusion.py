"""Balls brought in from the six faces of a volume: the bottlenecks that they pass, and what they cover.

Ways from different faces are mostly equally wide, once they are past the narrowest place to the middle: so the balls of the
narrowest of the six ways to each voxel are painted once, and for each face only those of the voxels that it reaches wider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..protocol import Intrusion
from .balls import Painter, ones_in
from .distance import whole
from .widest import narrowed, widest_ways

if TYPE_CHECKING:
    from ....array_types import Float32
    from .distance import Whole


def intrusion(squared_distance: Whole | Float32, weights: tuple[int, int, int] = (1, 1, 1)) -> Intrusion:
    """What balls from each face cover, by the squared distances of a phase; ``weights`` are the squares of a step along z, y and x."""
    squared = whole(squared_distance)
    ways = widest_ways(squared)
    faces = range(len(ways.widths))
    narrowest, width = np.empty_like(squared), np.empty_like(squared)
    narrowed(squared, ways.summit, ways.widths.min(axis=0, initial=squared.max()), narrowest)
    counts = np.zeros((len(faces), max(int(squared.max()), *weights) + 1), np.int64)
    beyond = []
    for face in faces:
        narrowed(squared, ways.summit, ways.widths[face], width)
        beyond.append(Painter(width, weights, narrowest))
        # a step from the wall a ball covers its centre alone
        counts[face, min(weights)] = np.count_nonzero(width)
    passing = ways.passing
    # most of the memory; the common balls, which are the most, need it next
    del ways, width
    common = Painter(narrowest, weights)
    covered = np.zeros(len(faces), np.int64)
    for size in range(int(squared.max()), 0, -1):
        anew = common.paint(size)
        for face, own in enumerate(beyond):
            if own.paint(size) or anew:
                total = ones_in(own.bits, common.bits)
                counts[face, size] += total - covered[face]
                counts[face, min(weights)] -= total - covered[face]
                covered[face] = total
    return Intrusion(list(counts), passing)
