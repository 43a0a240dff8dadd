"""The pores grown or shrunk by a voxel: what another segmentation of the same image might have found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ...array_types import Mask


def dilated(pore: Mask) -> Mask:
    """The pores with every solid voxel that shares a face with one; what lies outside the volume adds nothing."""
    grown = pore.copy()
    for axis in range(pore.ndim):
        out, source = np.moveaxis(grown, axis, 0), np.moveaxis(pore, axis, 0)
        out[1:] |= source[:-1]
        out[:-1] |= source[1:]
    return grown


def eroded(pore: Mask) -> Mask:
    """The pores without the voxels that share a face with the solid."""
    return ~dilated(~pore)
