"""Interface of all back ends: an array namespace and primitives of one meaning, over batches of volumes.

A batch holds volumes (z, y, x) of one shape as the back end likes best, a list of arrays or one array
(batch, z, y, x): ``batch[i]`` is a volume, ``len(batch)`` their number. What describes a volume is on the host,
in a list with one entry a volume; counts are exact and equal on every back end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from ...array_types import Int64

if TYPE_CHECKING:
    from numpy.typing import NDArray


Weights: TypeAlias = tuple[int, int, int]
"""Squares of a step along z, y and x: whole numbers, all 1 in cubes."""


@dataclass(frozen=True)
class Components:
    """Connected components of a mask, on the host: one entry a component.

    ``faces`` has bit 2 a + s set where the component touches side s (0 low, 1 high) of axis a;
    ``labels`` is the back end's own record of which voxel belongs to which.
    """

    sizes: Int64
    faces: NDArray[np.uint8]
    labels: Any

    def touches(self, axis: int, side: int) -> NDArray[np.bool_]:
        """Mask of the components that touch one side of the volume."""
        return np.asarray((self.faces >> (2 * axis + side)) & 1, np.bool_)

    def spans(self, axis: int) -> NDArray[np.bool_]:
        """Mask of the components that touch both sides of an axis."""
        return self.touches(axis, 0) & self.touches(axis, 1)


@dataclass(frozen=True)
class RunLengths:
    """Straight runs of equal voxels along one axis: ``[phase, ends, length]`` counts, phase 0 = False.

    ``ends`` is the number of ends (0, 1, 2) that lie on a face of the volume, where a run is cut off.
    """

    counts: Int64


@dataclass(frozen=True)
class Intrusion:
    """Balls brought into a phase from the six faces of a volume, on the host."""

    counts: Sequence[Int64]
    """[2 axis + side]: how many voxels have each squared radius 0, 1, … as that of the largest ball from that face that covers them;
    those that none does are not counted."""
    passing: tuple[int, int, int]
    """Squared radius of the largest ball that passes from face to face of each axis, 0 for none."""


class Backend(Protocol):
    """Primitives on batches of boolean volumes; ``axis`` is 0, 1, 2 for z, y, x."""

    name: str
    xp: Any
    """The array namespace: numpy, or cupy."""
    concurrent: bool
    """Whether threads may call primitives side by side with profit."""
    out_of_memory: tuple[type[Exception], ...]
    """The exception that is raised where a batch is too large for the memory."""

    def batch_size(self, shape: tuple[int, ...]) -> int:
        """Number of volumes of a shape to take together; at least 1."""

    def free_memory_pool(self) -> None:
        """Give back memory that is kept for later, after running out of it."""

    def batch(self, masks: Sequence[NDArray[np.bool_]]) -> Any:
        """Boolean volumes of one shape as a batch of this back end, read-only."""

    def upload(self, masks: Sequence[NDArray[np.bool_]]) -> Callable[[], Any]:
        """Begin a ``batch``: calling the result returns it; computations before that call need not wait for it."""

    def to_host(self, volume: Any) -> NDArray[Any]:
        """One volume of a batch as a NumPy array."""

    def layer(self, volumes: Any, axis: int, side: int) -> Sequence[NDArray[Any]]:
        """The layer at one side of an axis (0 low, 1 high) of each volume, on the host."""

    def complement(self, masks: Any) -> Any:
        """The False voxels."""

    def count(self, masks: Any) -> Sequence[int]:
        """Number of True voxels."""

    def profiles(self, masks: Any) -> Sequence[tuple[Int64, Int64, Int64]]:
        """Number of True voxels in each layer across axes 0, 1, 2."""

    def configurations(self, masks: Any) -> Sequence[Int64]:
        """Counts of the 256 patterns of 2x2x2 voxels: bit 4 dz + 2 dy + dx is the voxel at that offset."""

    def components(self, masks: Any) -> Sequence[Components]:
        """Face-connected (6-neighbour) components, numbered in the order of their first voxels."""

    def select(self, masks: Any, components: Sequence[Components], keep: Sequence[NDArray[np.bool_]]) -> Any:
        """The voxels of ``masks`` that lie in the components to keep; ``components`` is the result for ``masks``."""

    def contacts(self, masks: Any, components: Sequence[Components]) -> Sequence[Int64]:
        """int64[pairs, 2]: numbers of components that meet along edges or corners of voxels, the smaller first; sorted."""

    def squared_distance(self, masks: Any, weights: Weights = (1, 1, 1)) -> Any:
        """Squared distance from each True voxel to the nearest False voxel centre; inf, as float32, where there is none.

        ``weights`` are the squares of a step along z, y and x, whole numbers; so are the squared distances, in whatever
        type the back end likes best.
        """

    def integer_histogram(self, squared: Any) -> Sequence[Int64]:
        """Counts of each whole number 0, 1, … among non-negative whole values; none in an infinite volume."""

    def run_lengths(self, masks: Any, axis: int) -> Sequence[RunLengths]:
        """Histograms of straight runs of both phases."""

    def pair_counts(self, masks: Any, axis: int, lags: int) -> Sequence[Int64]:
        """Number of pairs of True voxels 0, 1, …, ``lags`` apart along an axis."""

    def geodesic_distance(
        self,
        masks: Any,
        axis: int,
        side: int,
        edges: Sequence[float] = (1.0, 1.0, 1.0),
        periodic: Collection[int] = (),
    ) -> Any:
        """float32 length of the shortest 26-neighbour path inside the mask from a face of an axis (``side`` 0 low, 1 high).

        ``edges`` are those of a voxel along z, y and x; ``periodic`` holds other axes across which opposite sides are joined.
        Voxels on that face have 0, those not reached and those outside the mask infinity.
        """

    def bottleneck_map(self, squared_distance: Any, axis: int, side: int) -> Any:
        """The largest over face-connected paths from a face of their smallest squared distance; 0 without a path.

        ``squared_distance`` is as returned above; the result is the squared radius of the largest ball
        that can be brought from that face to each voxel, 0 throughout a volume without a wall.
        """

    def local_thickness(self, squared_radius: Any, weights: Weights = (1, 1, 1)) -> Any:
        """The largest squared radius among the balls that cover each voxel, 0 where none does.

        ``squared_radius`` holds the whole squared radius of the open ball at each voxel, with ``weights`` as in
        ``squared_distance``; in a volume without a wall, where it is infinite, there are no balls.
        """

    def thickness_histogram(self, squared_distance: Any, weights: Weights = (1, 1, 1)) -> Sequence[Int64]:
        """How many voxels of a phase have each squared radius 0, 1, … in ``local_thickness``; those outside are not counted."""

    def intrusion(self, squared_distance: Any, weights: Weights = (1, 1, 1)) -> Sequence[Intrusion]:
        """What the balls of ``bottleneck_map`` cover, for all six faces, and the bottlenecks."""

    def bottlenecks(self, squared_distance: Any) -> Sequence[tuple[int, int, int]]:
        """``passing`` of the ``Intrusion``, alone."""

    def sides(self, masks: Any, components: Sequence[Components], axis: int) -> Sequence[tuple[Int64, Int64]]:
        """The number of the component that each voxel of the low and of the high side of an axis belongs to, -1 where none."""

    def solve_diffusion(self, masks: Any, axis: int, *, spanning: Any, **settings: Any) -> Sequence[Any]:
        """Steady diffusion through each mask between the outer faces of an axis: a ``DiffusionResult`` each.

        ``spanning``: the components that touch both faces; ``edges``: of a voxel along z, y, x; ``keep_throughput``:
        with ``throughput``, each on the device as a volume, or None.
        """

    def phases(self, phases: Sequence[NDArray[np.uint8]]) -> Any:
        """Volumes of phase numbers of one shape as a batch of this back end."""

    def solve_phases(
        self, phases: Any, conductivity: NDArray[np.float64], axis: int, *, spanning: Any, **settings: Any
    ) -> Sequence[Any]:
        """Steady conduction along an axis through phases with conductivities of their own: a ``DiffusionResult`` each.

        ``phases``: from ``phases``, places in ``conductivity``; ``spanning``: voxels of the clusters that carry flow;
        ``edges``; ``periodic``: whether each axis is; ``keep_throughput``; ``keep_fields``: with ``deviation`` and
        ``flux``, on the device.
        """

    def conduction_tensor(
        self,
        phases: NDArray[np.uint8],
        conductivity: NDArray[np.float64],
        spanning: Sequence[NDArray[np.bool_]],
        deviations: Sequence[Any],
        edges: tuple[float, float, float],
    ) -> NDArray[np.float64]:
        """float64[3, 3], z, y, x: of one periodic volume from its three solutions of ``solve_phases``."""

    def flux_statistics(self, throughputs: Sequence[Any], stagnant: float, top: float) -> Sequence[tuple[float, float]]:
        """For each ``throughput``: voxels with at least ``stagnant``, and the share that the ``top`` share of voxels carries."""
