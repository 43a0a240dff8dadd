"""Lengths of the steps from a voxel to its 26 neighbours, the same to the last bit on every back end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...array_types import Float32


def step_lengths(edges: Sequence[float]) -> Float32:
    """float32[8]: length of a step by ``i``, ``j``, ``k`` of 0 or 1 along axes 0, 1, 2 at place 4 i + 2 j + k, by the edges of a voxel."""
    return np.array(
        [
            math.sqrt(sum(edge**2 for bit, edge in zip((4, 2, 1), edges, strict=True) if place & bit))
            for place in range(8)
        ],
        np.float32,
    )
