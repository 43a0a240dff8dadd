"""Volumes and fields over them in fewer voxels."""

from __future__ import annotations

import numpy as np

from ...array_types import Float64, Mask, UInt8

LEVELS = 32
"""Distinct values of a field; more are not distinguishable by eye and would not compress."""


def reduced(mask: Mask, edge: int) -> tuple[Mask, int]:
    """The mask with at most ``edge`` voxels along an axis, and how many voxels make one: the majority, a tie being pore."""
    step = -(-max(mask.shape) // edge)
    if step == 1:
        return mask, 1
    share, _ = _means(mask.astype(np.float64), np.ones(mask.shape), step)
    return share >= 0.5, step  # noqa: PLR2004  the majority


def coarse(values: UInt8, mask: Mask, edge: int) -> UInt8:
    """Means of ``values`` over the True voxels of blocks, at most ``edge`` along an axis, in ``LEVELS`` steps.

    Blocks without a True voxel take the mean of their neighbours', so that colours do not fade at walls.
    """
    step = -(-max(mask.shape) // edge)
    means, weight = _means(values.astype(np.float64), mask.astype(np.float64), step)
    known = weight > 0
    for _ in range(2):
        means, known = _spread(means, known)
    grain = 255 / (LEVELS - 1)
    return np.rint(np.rint(means / grain) * grain).astype(np.uint8)


def _means(values: Float64, weight: Float64, step: int) -> tuple[Float64, Float64]:
    """Weighted means over blocks of ``step`` voxels an axis, the last ones smaller; 0 where there is no weight."""
    total, amount = values * weight, weight
    for axis in range(3):
        starts = np.arange(0, values.shape[axis], step)
        total, amount = (np.add.reduceat(part, starts, axis=axis) for part in (total, amount))
    return np.divide(total, amount, out=np.zeros_like(total), where=amount > 0), amount


def _spread(values: Float64, known: Mask) -> tuple[Float64, Mask]:
    """Unknown cells next to known ones become their mean."""
    total, count = np.zeros_like(values), np.zeros_like(values)
    for axis in range(3):
        ahead = [slice(None)] * 3
        behind = [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        for to, of in ((tuple(ahead), tuple(behind)), (tuple(behind), tuple(ahead))):
            total[to] += np.where(known[of], values[of], 0.0)
            count[to] += known[of]
    filled = ~known & (count > 0)
    return np.where(filled, total / np.maximum(count, 1), values), known | filled
