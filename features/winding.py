"""Clusters that carry flow through a periodic volume: those that come round to themselves, or from face to face.

Components of one period are nodes of a graph; an edge leads from a component that touches the high side of a periodic
axis to the one that it touches across the seam, one period further. A cluster that reaches a component in two periods
winds: through a medium of infinitely many periods it goes on along the difference.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..array_types import Int64, Mask

if TYPE_CHECKING:
    from .backends import Components

Sides: TypeAlias = tuple[Int64, Int64]
"""Number of the component of each voxel of the low and of the high side of an axis, -1 where none."""


def carrying(components: Components, seams: Mapping[int, Sides], axis: int) -> Mask:
    """Mask of the components through whose clusters something flows along ``axis``, 0, 1, 2 for z, y, x.

    ``seams`` holds the sides of the axes that are periodic. Where ``axis`` is one of them, clusters carry flow that wind
    along it; where it is not, those that touch both its faces.
    """
    cluster, winds = clusters(len(components.sizes), seams)
    return (winds[:, axis] if axis in seams else spanning(components, cluster, axis))[cluster]


def clusters(number: int, seams: Mapping[int, Sides]) -> tuple[Int64, Mask]:
    """The cluster of each of so many components, numbered from 0, and bool[clusters, 3]: along which axes each winds."""
    steps = _steps(seams, number)
    cluster = np.full(number, -1, np.int64)
    period = np.zeros((number, 3), np.int64)
    winds: list[Mask] = []
    for root in range(number):
        if cluster[root] >= 0:
            continue
        cluster[root] = len(winds)
        winds.append(np.zeros(3, np.bool_))
        waiting = deque([root])
        while waiting:
            here = waiting.popleft()
            for there, step in steps.get(here, ()):
                reached = period[here] + step
                if cluster[there] < 0:
                    cluster[there], period[there] = cluster[root], reached
                    waiting.append(there)
                else:
                    winds[cluster[root]] |= reached != period[there]
    return cluster, np.array(winds, np.bool_).reshape(-1, 3)


def spanning(components: Components, cluster: Int64, axis: int) -> Mask:
    """Mask of the clusters, whose numbers ``cluster`` holds by component, that touch both faces of an axis."""
    low, high = (np.zeros(cluster.max(initial=-1) + 1, np.bool_) for _ in range(2))
    low[cluster[components.touches(axis, 0)]] = True
    high[cluster[components.touches(axis, 1)]] = True
    return low & high


def contacts_across(seams: Mapping[int, Sides]) -> Int64:
    """int64[pairs, 2]: numbers of components that meet across a seam, along faces, edges or corners of voxels."""
    found = [np.empty((0, 2), np.int64)]
    for axis, (low, high) in seams.items():
        around = low
        for place, other in enumerate(other for other in range(3) if other != axis):
            width = [(int(place == each),) * 2 for each in range(2)]
            around = np.pad(around, width, "wrap") if other in seams else np.pad(around, width, constant_values=-1)
        for beside in np.lib.stride_tricks.sliding_window_view(around, high.shape).reshape(-1, *high.shape):
            both = (high >= 0) & (beside >= 0)
            found.append(np.stack([high[both], beside[both]], axis=1))
    return np.unique(np.concatenate(found), axis=0)


def _steps(seams: Mapping[int, Sides], number: int) -> dict[int, list[tuple[int, Int64]]]:
    """From each component the components across the seams, and in which direction."""
    steps: dict[int, list[tuple[int, Int64]]] = {}
    for axis, (low, high) in seams.items():
        joined = (low >= 0) & (high >= 0)
        pairs = np.unique(high[joined] * number + low[joined])
        step = np.eye(3, dtype=np.int64)[axis]
        for before, after in zip((pairs // number).tolist(), (pairs % number).tolist(), strict=True):
            steps.setdefault(before, []).append((after, step))
            steps.setdefault(after, []).append((before, -step))
    return steps
