"""Workspace of one volume for its descriptors: a member of a batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .batch import LAGS, Batch
from .declaration import Axis, Phase
from .distribution import Distribution
from .spacing import CUBE, volume_of_voxel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..array_types import Int64
    from .backends import Backend, Components, RunLengths
    from .voxels import Spacing

__all__ = ["LAGS", "Workspace"]

T = TypeVar("T")


class Workspace:
    """The pore mask of one volume, a back end, and shared intermediates.

    Arrays are read-only and belong to the back end (``backend.xp``); they, and all the rest, are those of
    the ``batch`` at ``index``, and computed with it: see ``Batch`` for what each is. Lengths are in edges of a voxel, in
    the smallest where it is no cube; ``spacing`` holds its edges along z, y and x in the smallest.
    ``columns`` holds the values computed so far, for descriptors that declare ``needs``. Threads may
    use one workspace together.
    """

    def __init__(self, mask: NDArray[np.bool_], backend: Backend, spacing: Spacing = CUBE) -> None:
        self._join(Batch([mask], backend, spacing), 0)

    @classmethod
    def members(cls, batch: Batch) -> list[Self]:
        """A workspace for each volume of a batch."""
        found = []
        for index in range(len(batch)):
            member = cls.__new__(cls)
            member._join(batch, index)  # noqa: SLF001  its own class
            found.append(member)
        return found

    def _join(self, batch: Batch, index: int) -> None:
        self.batch, self.index = batch, index
        self.backend, self.shape, self.size, self.spacing = batch.backend, batch.shape, batch.size, batch.spacing
        self.columns: dict[str, float] = {}

    @property
    def pore(self) -> Any:
        """The pore mask."""
        return self.batch.pore[self.index]

    @property
    def solid(self) -> Any:
        """The complement of the pore mask."""
        return self.batch.solid[self.index]

    def mask(self, phase: Phase) -> Any:
        """The boolean volume of a phase."""
        return self.batch.mask(phase)[self.index]

    @property
    def pore_count(self) -> int:
        """Number of pore voxels."""
        return self.batch.pore_counts[self.index]

    def count(self, phase: Phase) -> int:
        """Number of voxels of a phase."""
        return self.pore_count if phase == "pore" else self.size - self.pore_count

    def fraction(self, phase: Phase) -> float:
        """Volume share of a phase."""
        return self.count(phase) / self.size

    @property
    def content(self) -> float:
        """Volume in cubes of the smallest edge of a voxel."""
        return self.size * volume_of_voxel(self.spacing)

    def both_phases(self) -> bool:
        """Whether there is a wall at all."""
        return 0 < self.pore_count < self.size

    @property
    def profiles(self) -> tuple[NDArray[np.float64], ...]:
        """Porosity of each layer across axes z, y, x."""
        return self.batch.profiles[self.index]

    @property
    def configurations(self) -> Int64:
        """int64[256]: how often each pattern of 2x2x2 voxels occurs."""
        return self.batch.configurations[self.index]

    def components(self, phase: Phase) -> Components:
        """Face-connected components of a phase: sizes and the faces of the volume they touch."""
        return self.batch.components(phase)[self.index]

    def spanning(self, phase: Phase, axis: Axis) -> Any:
        """The voxels of a phase in components that touch both faces of an axis."""
        return self.batch.spanning(phase, axis)[self.index]

    def squared_distance(self, phase: Phase) -> Any:
        """float32 squared distance of each voxel of a phase to the other; 0 elsewhere, infinite without a wall."""
        return self.batch.squared_distance(phase)[self.index]

    def distances(self, phase: Phase) -> Distribution:
        """Counts of each distance to the other phase over the voxels of a phase."""
        return self.batch.distances(phase)[self.index]

    def thickness(self, phase: Phase) -> Distribution:
        """Local thickness over the voxels of a phase, as a radius."""
        return self.batch.thickness(phase)[self.index]

    def bottleneck(self, phase: Phase, axis: Axis) -> float:
        """Squared radius of the largest ball that passes inside a phase from face to face; 0 where none does."""
        return self.batch.bottleneck(phase, axis)[self.index]

    def intrusion(self, axis: Axis, side: int) -> Distribution:
        """Over the pore voxels that are reached, the radius of the largest ball that covers them coming from a face."""
        return self.batch.intrusion(axis, side)[self.index]

    def pair_counts(self, axis: Axis) -> Int64:
        """Pairs of pore voxels 0, 1, … apart along an axis."""
        return self.batch.pair_counts(axis)[self.index]

    def run_lengths(self, axis: Axis) -> RunLengths:
        """Histograms of the straight runs of both phases along an axis."""
        return self.batch.run_lengths(axis)[self.index]

    def geodesic_lengths(self, phase: Phase, axis: Axis) -> NDArray[np.float32]:
        """Shortest paths to the high face inside each cluster of a phase that touches both, from each of its voxels on the low face."""
        return self.batch.geodesic_lengths(phase, axis)[self.index]

    def share(self, key: Hashable, build: Callable[[], T]) -> T:
        """Return the result of ``build``, kept for this volume under ``key`` until its batch is released."""
        return self.batch.share((self.index, key), build)

    def release(self) -> None:
        """Forget the shared intermediates of the whole batch."""
        self.batch.release()
