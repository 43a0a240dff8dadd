"""What every back end offers: an array namespace and primitives of one meaning.

Arrays are volumes (z, y, x) of the back end's own kind; counts are exact and equal on every back end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Components:
    """Connected components of a mask, on the host: one entry a component.

    ``faces`` has bit 2 a + s set where the component touches side s (0 low, 1 high) of axis a;
    ``labels`` is the back end's own record of which voxel belongs to which.
    """

    sizes: Counts
    faces: NDArray[np.uint8]
    labels: Any

    def touches(self, axis: int, side: int) -> NDArray[np.bool_]:
        """Which components touch one side of the volume."""
        return np.asarray((self.faces >> (2 * axis + side)) & 1, np.bool_)

    def spans(self, axis: int) -> NDArray[np.bool_]:
        """Which components touch both sides of an axis."""
        return self.touches(axis, 0) & self.touches(axis, 1)


@dataclass(frozen=True)
class RunLengths:
    """Straight runs of equal voxels along one axis: ``[phase, ends, length]`` counts, phase 0 = False.

    ``ends`` is the number of ends (0, 1, 2) that lie on a face of the volume, where a run is cut off.
    """

    counts: Counts


class Backend(Protocol):
    """Primitives on boolean volumes; ``axis`` is 0, 1, 2 for z, y, x."""

    name: str
    xp: Any
    """The array namespace: numpy, or cupy."""

    def asarray(self, mask: NDArray[np.bool_]) -> Any:
        """A read-only C-contiguous boolean volume of this back end."""

    def to_host(self, array: Any) -> NDArray[Any]:
        """An array of this back end as a NumPy array."""

    def count(self, mask: Any) -> int:
        """Number of True voxels."""

    def profiles(self, mask: Any) -> tuple[Counts, Counts, Counts]:
        """Number of True voxels in each layer across axes 0, 1, 2."""

    def configurations(self, mask: Any) -> Counts:
        """How often each of the 256 patterns of 2x2x2 voxels occurs: bit 4 dz + 2 dy + dx is the voxel at that offset."""

    def components(self, mask: Any) -> Components:
        """Face-connected (6-neighbour) components."""

    def select(self, mask: Any, components: Components, keep: NDArray[np.bool_]) -> Any:
        """The voxels of ``mask`` that lie in the components to keep."""

    def squared_distance(self, mask: Any) -> Any:
        """float32 squared distance from each True voxel to the nearest False voxel centre; inf where there is none."""

    def level_counts(self, squared: Any) -> Counts:
        """How often each whole number 0, 1, … occurs among finite non-negative whole values."""

    def run_lengths(self, mask: Any, axis: int) -> RunLengths:
        """Histograms of straight runs of both phases."""

    def pair_counts(self, mask: Any, axis: int, lags: int) -> Counts:
        """Number of pairs of True voxels 0, 1, …, ``lags`` apart along an axis."""

    def geodesic_distance(self, mask: Any, axis: int, side: int) -> Any:
        """float32 length of the shortest 26-neighbour path inside the mask from a face of an axis (``side`` 0 low, 1 high).

        Voxels on that face have 0, those not reached and those outside the mask infinity.
        """

    def widest_way(self, squared_distance: Any, axis: int, side: int) -> Any:
        """float32: the largest over face-connected paths from a face of their smallest squared distance; 0 without a path.

        ``squared_distance`` is as returned above and finite; the result is the squared radius of the
        largest ball that can be brought from that face to each voxel.
        """

    def largest_ball(self, squared_radius: Any) -> Any:
        """float32 largest squared radius among the balls that cover each voxel, 0 where none does.

        ``squared_radius`` holds the finite whole squared radius of the open ball at each voxel.
        """

    def solve_diffusion(self, mask: Any, axis: int, **settings: Any) -> Any:
        """Steady diffusion through the mask between the outer faces of an axis."""
