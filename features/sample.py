"""Samples that do not fill their box, such as a cylinder in a cuboid: their descriptors from those of the box.

What lies outside is neither pore nor solid. Descriptors know boxes alone and see it as solid, so those hold that do not
care: shares of pore, by the share of the sample, and paths and transport along an axis along which the sample keeps its
cross-section. The others are undefined.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AXES = "zyx"
_OF_AN_AXIS = ("tortuosity_factor", "diffusion_converged", "geodesic_tortuosity_mean", "geodesic_tortuosity_std")


@dataclass(frozen=True)
class Sample:
    """The part of a box that is sample: its share of the voxels, and the axes along which its cross-section stays the same."""

    share: float
    axes: str

    def values(self, of_box: Mapping[str, float]) -> dict[str, float]:
        """Values for the sample of columns computed over the box; NaN where that is unknown."""
        return {name: value * self._factor(name) for name, value in of_box.items()}

    def _factor(self, name: str) -> float:
        stem, _, axis = name.rpartition("_")
        if name == "porosity" or (stem == "relative_diffusivity" and axis in self.axes):
            return 1.0 / self.share
        return 1.0 if stem == "percolates" or (stem in _OF_AN_AXIS and axis in self.axes) else math.nan

    def in_words(self) -> str:
        """A sentence about the sample, to stand beside its numbers."""
        along = f" along {', '.join(self.axes)}" if self.axes else ""
        return (
            f"the sample is {100 * self.share:.4g} % of the box: porosity, percolation{', tortuosity and diffusivity' * bool(self.axes)}"
            f"{along} are those of the sample, other descriptors are undefined"
        )


def sample_of(inside: NDArray[np.bool_] | None) -> Sample | None:
    """The sample of a box whose voxels (z, y, x) are ``inside`` or not; None where all are."""
    if inside is None or inside.all():
        return None
    straight = [
        np.array_equal(np.broadcast_to(inside.take([0], axis=a), inside.shape), inside) for a in range(inside.ndim)
    ]
    return Sample(float(inside.mean()), "".join(axis for axis, same in zip(_AXES, straight, strict=True) if same))
