"""Batches of volumes of one shape, and the intermediates that their descriptors share, each computed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from .apart import apart
from .declaration import AXES, Axis, Phase
from .distribution import Distribution
from .spacing import CUBE, squared_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..array_types import Int64
    from .backends import Backend, Components, RunLengths
    from .voxels import Spacing

T = TypeVar("T")

LAGS = (1, 2, 4, 8, 16, 32)
"""Distances in the smallest edge of a voxel at which correlation functions are sampled."""
_KEEPS_SPANNING = 2**25
"""Voxels of a volume up to which the mask of what spans is kept for each axis: a byte a voxel each, for a little time."""


class Batch:
    """The pore masks of some volumes, a back end, and shared intermediates; one entry a volume in all that it returns.

    What has the size of volumes stays with the back end and is indexed ``[i]``; what describes them is on the
    host. The first to ask has it computed for every volume at once, so that a device is kept busy and waits
    once for all. Lengths are in edges of a voxel, in the smallest where it is no cube; ``spacing`` holds its edges along
    z, y and x in the smallest. Threads may use one batch together.
    """

    def __init__(self, masks: Sequence[NDArray[np.bool_]], backend: Backend, spacing: Spacing = CUBE) -> None:
        self.backend = backend
        self.shape = cast("tuple[int, int, int]", tuple(masks[0].shape))
        self.spacing = spacing
        self._weights, self._parts = squared_edges(spacing, self.shape)
        self._pore = backend.upload(masks)
        self._number = len(masks)
        self._shared: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, threading.RLock] = {}

    def __len__(self) -> int:
        return self._number

    @cached_property
    def pore(self) -> Any:
        """The pore masks; their upload begins at once and is waited for at first use."""
        return self._pore()

    @cached_property
    def size(self) -> int:
        """Number of voxels of one volume."""
        return int(np.prod(self.shape))

    @property
    def solid(self) -> Any:
        """The complements of the pore masks."""
        return self.share("solid", lambda: self.backend.complement(self.pore))

    def mask(self, phase: Phase) -> Any:
        """The boolean volumes of a phase."""
        return self.pore if phase == "pore" else self.solid

    @property
    def pore_counts(self) -> Sequence[int]:
        """Number of pore voxels."""
        return self.share("pore counts", lambda: self.backend.count(self.pore))

    @property
    def profiles(self) -> Sequence[tuple[NDArray[np.float64], ...]]:
        """Porosity of each layer across axes z, y, x."""

        def build() -> list[tuple[NDArray[np.float64], ...]]:
            return [
                tuple(np.asarray(count * (len(count) / self.size), np.float64) for count in counts)
                for counts in self.backend.profiles(self.pore)
            ]

        return self.share("profiles", build)

    @property
    def configurations(self) -> Sequence[Int64]:
        """Counts of each pattern of 2x2x2 voxels."""
        return self.share("configurations", lambda: self.backend.configurations(self.pore))

    def components(self, phase: Phase) -> Sequence[Components]:
        """Face-connected components of a phase: sizes and the faces of the volume they touch."""
        return self.share(("components", phase), lambda: self.backend.components(self.mask(phase)))

    def spanning(self, phase: Phase, axis: Axis) -> Any:
        """The voxels of a phase in components that touch both faces of an axis; of large volumes selected anew at each call."""

        def build() -> Any:
            components = self.components(phase)
            keep = [found.spans(AXES.index(axis)) for found in components]
            # mostly the same ones along all axes, which are then kept once
            for other in AXES:
                same = self._shared.get(("spanning", phase, other))
                if same is not None and all(
                    np.array_equal(one, found.spans(AXES.index(other)))
                    for one, found in zip(keep, components, strict=True)
                ):
                    return same
            return self.backend.select(self.mask(phase), components, keep)

        if self.size > _KEEPS_SPANNING:
            return build()
        return self.share(("spanning", phase, axis), build)

    def squared_distance(self, phase: Phase) -> Any:
        """Squared distance of each voxel of a phase to the nearest voxel centre of the other, float32, 0 elsewhere; not kept.

        Infinite where there is no voxel of the other phase; nothing outside the volume counts.
        """
        parts = np.float32(self._parts)
        return [self.backend.xp.asarray(squared, np.float32) / parts for squared in self._whole_distance(phase)]

    def distances(self, phase: Phase) -> Sequence[Distribution]:
        """Counts of each distance to the other phase over the voxels of a phase; empty without the other phase."""

        def build() -> list[Distribution]:
            counts = self.backend.integer_histogram(self._whole_distance(phase))
            for each in counts:
                each[0] = 0
            return self._roots(counts)

        return self.share(("distances", phase), build)

    def thickness(self, phase: Phase) -> Sequence[Distribution]:
        """Local thickness: over the voxels of a phase, the radius of the largest ball in it that covers the voxel."""

        def build() -> list[Distribution]:
            return self._roots(self.backend.thickness_histogram(self._whole_distance(phase), self._weights))

        return self.share(("thickness", phase), build)

    def thickness_maps(self, phase: Phase) -> list[NDArray[np.float64]]:
        """Local thickness of each voxel of a phase as a radius, 0 elsewhere and in a volume without a wall; on the host, not kept."""
        balls = self.backend.local_thickness(self._whole_distance(phase), self._weights)
        return [
            np.sqrt(np.asarray(self.backend.to_host(balls[index]), np.float64) / self._parts)
            for index in range(len(self))
        ]

    def bottleneck(self, phase: Phase, axis: Axis) -> Sequence[float]:
        """Squared radius of the largest ball that passes inside a phase from face to face; 0 where none does."""
        found = self.share(("bottlenecks", phase), lambda: self.backend.bottlenecks(self._whole_distance(phase)))
        return [passing[AXES.index(axis)] / self._parts for passing in found]

    def intrusion(self, axis: Axis, side: int) -> Sequence[Distribution]:
        """Over the pore voxels that are reached, the radius of the largest ball that covers them coming from a face."""

        def build() -> list[list[Distribution]]:
            found = self.backend.intrusion(self._whole_distance("pore"), self._weights)
            # the only numbers needed of the paths besides their cover; not worth keeping volumes for
            self.share(("bottlenecks", "pore"), lambda: [each.passing for each in found])
            return [self._roots(counts) for counts in zip(*(each.counts for each in found), strict=True)]

        return self.share("intrusion", build)[2 * AXES.index(axis) + side]

    def pair_counts(self, axis: Axis) -> Sequence[Int64]:
        """Pairs of pore voxels 0, 1, … apart along an axis, up to half its length and the largest declared lag."""
        index = AXES.index(axis)
        length = self.shape[index]
        lags = min(length - 1, max(length // 2, LAGS[-1]))
        return self.share(("pairs", axis), lambda: self.backend.pair_counts(self.pore, index, lags))

    def run_lengths(self, axis: Axis) -> Sequence[RunLengths]:
        """Histograms of the straight runs of both phases along an axis."""
        return self.share(("runs", axis), lambda: self.backend.run_lengths(self.pore, AXES.index(axis)))

    def geodesic_lengths(self, phase: Phase, axis: Axis) -> Sequence[NDArray[np.float32]]:
        """Shortest paths to the high face inside each cluster of a phase that touches both, from each of its voxels on the low face."""

        def build() -> list[NDArray[np.float32]]:
            index = AXES.index(axis)
            found: list[list[NDArray[np.float32]]] = [[] for _ in range(len(self))]
            for clusters in self._clusters_in_turn(phase, axis):
                distance = self.backend.geodesic_distance(clusters, index, 1, self.spacing)
                for lengths, layer in zip(found, self.backend.layer(distance, index, 0), strict=True):
                    lengths.append(layer[np.isfinite(layer)])
            return [np.concatenate([np.empty(0, np.float32), *lengths]) for lengths in found]

        return self.share(("geodesic", phase, axis), build)

    def _clusters_in_turn(self, phase: Phase, axis: Axis) -> Iterator[Any]:
        """Masks of clusters that touch both faces of an axis, until all have been; no two of a mask meet.

        All together would meet along edges and corners, where steps to 26 neighbours pass and nothing flows.
        """
        components = self.components(phase)
        spanning = [np.flatnonzero(each.spans(AXES.index(axis))) for each in components]
        if max(map(len, spanning)) <= 1:
            yield self.spanning(phase, axis)
            return
        contacts = self.share(
            ("contacts", phase), lambda: self.backend.contacts(self.mask(phase), self.components(phase))
        )
        groups = [apart(*each) for each in zip(spanning, contacts, strict=True)]
        for turn in range(max(map(len, groups))):
            keep = [
                np.isin(np.arange(len(each.sizes)), group[turn] if turn < len(group) else ())
                for each, group in zip(components, groups, strict=True)
            ]
            yield self.backend.select(self.mask(phase), components, keep)

    def _whole_distance(self, phase: Phase) -> Any:
        """``squared_distance`` as the back end computes it: whole numbers of parts of the squared smallest edge."""
        return self.share(("distance", phase), lambda: self.backend.squared_distance(self.mask(phase), self._weights))

    def _roots(self, counts: Iterable[Int64]) -> list[Distribution]:
        """Lengths whose squares, in parts, are the places of the counts."""
        return [Distribution.of(np.sqrt(np.arange(len(each)) / self._parts), each) for each in counts]

    def share(self, key: Hashable, build: Callable[[], T]) -> T:
        """Return the result of ``build``, kept under ``key`` until the batch is released.

        It is built once, whichever thread asks first; others that ask for the same key wait for it.
        """
        with self.lock(key):
            if key not in self._shared:
                self._shared[key] = build()
            return cast("T", self._shared[key])

    def lock(self, key: Hashable) -> threading.RLock:
        """The lock that a thread holds while it reads or adds the shared value under ``key``."""
        # one atomic step, so that two threads get the same lock
        return self._locks.setdefault(key, threading.RLock())

    def release(self) -> None:
        """Forget the shared intermediates."""
        self._shared.clear()
