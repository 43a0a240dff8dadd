"""One volume and what its descriptors share, each computed once and at most once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from .declaration import AXES, Axis, Phase
from .distribution import Distribution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .backends import Backend, Components, RunLengths

T = TypeVar("T")

LAGS = (1, 2, 4, 8, 16, 32)
"""Distances in voxels at which correlation functions are sampled."""


class Workspace:
    """The pore mask of one volume, a back end, and shared intermediates.

    Arrays are read-only and belong to the back end (``backend.xp``). Lengths are in voxels.
    ``columns`` holds the values computed so far, for descriptors that declare ``needs``. Threads may
    use one workspace together.
    """

    def __init__(self, mask: Any, backend: Backend) -> None:
        self.backend = backend
        self.pore = backend.asarray(mask)
        self.shape: tuple[int, int, int] = cast("tuple[int, int, int]", tuple(self.pore.shape))
        self.columns: dict[str, float] = {}
        self._shared: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, threading.RLock] = {}

    @property
    def solid(self) -> Any:
        """The complement of the pore mask."""

        def build() -> Any:
            solid = ~self.pore
            if isinstance(solid, np.ndarray):
                solid.flags.writeable = False
            return solid

        return self.share("solid", build)

    @cached_property
    def size(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.shape))

    @cached_property
    def pore_count(self) -> int:
        """Number of pore voxels."""
        return int(self.backend.count(self.pore))

    def mask(self, phase: Phase) -> Any:
        """The boolean volume of a phase."""
        return self.pore if phase == "pore" else self.solid

    def count(self, phase: Phase) -> int:
        """Number of voxels of a phase."""
        return self.pore_count if phase == "pore" else self.size - self.pore_count

    def fraction(self, phase: Phase) -> float:
        """Volume share of a phase."""
        return self.count(phase) / self.size

    def components(self, phase: Phase) -> Components:
        """Face-connected components of a phase: sizes and the faces of the volume they touch."""
        return self.share(("components", phase), lambda: self.backend.components(self.mask(phase)))

    def squared_distance(self, phase: Phase) -> Any:
        """Squared distance of each voxel of a phase to the nearest voxel centre of the other, float32, 0 elsewhere.

        Infinite where there is no voxel of the other phase; nothing outside the volume counts.
        """
        return self.share(("distance", phase), lambda: self.backend.squared_distance(self.mask(phase)))

    def distances(self, phase: Phase) -> Distribution:
        """How often each distance to the other phase occurs over the voxels of a phase; empty without the other phase."""

        def build() -> Distribution:
            counts = np.zeros(1, np.int64)
            if self.both_phases():
                counts = self.backend.level_counts(self.squared_distance(phase))
            counts[0] = 0
            return Distribution.of(np.sqrt(np.arange(len(counts))), counts)

        return self.share(("distances", phase), build)

    def both_phases(self) -> bool:
        """Whether there is a wall at all."""
        return 0 < self.pore_count < self.size

    def bottleneck(self, phase: Phase, axis: Axis) -> float:
        """Squared radius of the largest ball that passes inside a phase from face to face; 0 where none does."""
        return self.share(("bottleneck", phase, axis), lambda: self._passing(self._widest_way(phase, axis, 0), axis))

    def thickness(self, phase: Phase) -> Distribution:
        """Local thickness: over the voxels of a phase, the radius of the largest ball in it that covers the voxel."""
        return self.share(("thickness", phase), lambda: self._radii(self.squared_distance(phase)))

    def intrusion(self, axis: Axis, side: int) -> Distribution:
        """Over the pore voxels that are reached, the radius of the largest ball that covers them coming from a face."""

        def build() -> Distribution:
            width = self._widest_way("pore", axis, side)
            if side == 0:
                # all that is wanted of the ways beside what they cover; not worth keeping a volume for
                self.share(("bottleneck", "pore", axis), lambda: self._passing(width, axis))
            return self._radii(width)

        return self.share(("intrusion", axis, side), build)

    def _widest_way(self, phase: Phase, axis: Axis, side: int) -> Any:
        """Squared radius of the largest ball inside a phase that reaches each voxel from a face; 0 without a wall."""
        if not self.both_phases():
            return self.backend.xp.zeros(self.shape, self.backend.xp.float32)
        return self.backend.widest_way(self.squared_distance(phase), AXES.index(axis), side)

    def _passing(self, width: Any, axis: Axis) -> float:
        """The widest of the ways from the low face that reach the high face of an axis."""
        return float(width[tuple(-1 if name == axis else slice(None) for name in AXES)].max())

    def _radii(self, squared: Any) -> Distribution:
        """Radii of the largest balls that cover each voxel; none without a wall."""
        counts = np.zeros(1, np.int64)
        if self.both_phases():
            counts = self.backend.level_counts(self.backend.largest_ball(squared))
        counts[0] = 0
        return Distribution.of(np.sqrt(np.arange(len(counts))), counts)

    @property
    def profiles(self) -> tuple[NDArray[np.float64], ...]:
        """Porosity of each layer across axes z, y, x."""

        def build() -> tuple[NDArray[np.float64], ...]:
            counts = self.backend.profiles(self.pore)
            return tuple(np.asarray(count * (len(count) / self.size), np.float64) for count in counts)

        return self.share("profiles", build)

    def pair_counts(self, axis: Axis) -> NDArray[np.int64]:
        """Pairs of pore voxels 0, 1, … apart along an axis, up to half its length and the largest declared lag."""
        index = AXES.index(axis)
        length = self.shape[index]
        lags = min(length - 1, max(length // 2, LAGS[-1]))
        return self.share(("pairs", axis), lambda: self.backend.pair_counts(self.pore, index, lags))

    def run_lengths(self, axis: Axis) -> RunLengths:
        """Histograms of the straight runs of both phases along an axis."""
        return self.share(("runs", axis), lambda: self.backend.run_lengths(self.pore, AXES.index(axis)))

    def spanning(self, phase: Phase, axis: Axis) -> Any:
        """The voxels of a phase in components that touch both faces of an axis."""

        def build() -> Any:
            components = self.components(phase)
            return self.backend.select(self.mask(phase), components, components.spans(AXES.index(axis)))

        return self.share(("spanning", phase, axis), build)

    def share(self, key: Hashable, build: Callable[[], T]) -> T:
        """What ``build`` returns, kept under ``key`` until the workspace is released.

        It is built once, whichever thread asks first; others that ask for the same key wait for it.
        """
        with self.lock(key):
            if key not in self._shared:
                self._shared[key] = build()
            return cast("T", self._shared[key])

    def lock(self, key: Hashable) -> threading.RLock:
        """What a thread holds while it looks at or adds to what is shared under ``key``."""
        # one atomic step, so that two threads get the same lock
        return self._locks.setdefault(key, threading.RLock())

    def release(self) -> None:
        """Forget the shared intermediates."""
        self._shared.clear()
