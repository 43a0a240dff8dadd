"""The two kinds of grids that the lattice solves on: equal voxels, and cells joined by unequal conductances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .....array_types import Float32, UInt8
from . import currents, fine, voxels, weighted
from .levels import lay_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .conductance import Conductances
    from .layout import Diagonal, Layout, Scales
    from .levels import Levels


class Faces(Protocol):
    """The operator and its sweeps; arrays of one colour are as long as ``layout.size``. See ``fine`` for their meaning."""

    @property
    def layout(self) -> Layout:
        """Places of the voxels in the arrays."""

    def begin(self, potential: Float32 | None, r: Float32, b: Float32) -> NDArray[Any]:
        """Find the net flow into each voxel: r of the red ones with the black ones eliminated; returns that of the black.

        ``potential`` None is that of the profile. b is scratch, one colour.
        """

    def scratch(self) -> Float32:
        """Memory for the black potentials of a sweep."""

    def descend(
        self, alpha: float, p: Float32, q: Float32, u: Float32, r: Float32, z: Float32, b: Float32, levels: Levels
    ) -> None:
        """Take the step alpha, then the first half of the preconditioner down to the source of the levels."""

    def ascend(self, r: Float32, z: Float32, b: Float32, levels: Levels) -> float:
        """Take the second half of the preconditioner from the potential of the levels; returns r . z."""

    def apply(self, z: Float32, beta: float, p: Float32, q: Float32, b: Float32) -> float:
        """Take the next direction p and the operator's q of it; returns p . q."""

    def finish(self, u: Float32, source: NDArray[Any], b: Float32, potential: Float32) -> None:
        """Add the red potentials u and the black ones that follow to ``potential``; b is scratch, one colour."""


@dataclass(frozen=True, eq=False)
class EqualFaces:
    """Voxels (0 or 1) of which each two neighbours along an axis are joined alike."""

    grid: UInt8
    layout: Layout
    scales: Scales
    red: Diagonal
    black: Diagonal

    @classmethod
    def build(cls, grid: UInt8, layout: Layout, scales: Scales = None) -> EqualFaces:
        """Count the faces of each voxel."""
        red, black = np.zeros((2, layout.size), np.uint8)
        units = np.array((1, 1, 1) if scales is None else (1, 8, 32), np.uint8)
        voxels.count_faces(layout.numbers(), grid, units, red, black)
        if scales is None:
            return cls(grid, layout, scales, red, black)
        degrees = voxels.degrees(scales)
        return cls(grid, layout, scales, degrees[red], degrees[black])

    def begin(self, potential: Float32 | None, r: Float32, b: Float32) -> NDArray[Any]:
        """As ``Faces`` says."""
        numbers = self.layout.numbers()
        source: NDArray[Any] = np.zeros(self.layout.size, np.int8 if potential is None else np.float32)
        if potential is None:
            voxels.find_drops(numbers, self.grid, r, source)
        else:
            voxels.find_source(numbers, voxels.scales_of(self.scales), self.grid, potential, r, source)
        fine.begin(numbers, self.scales, self.red, self.black, source, b, r)
        return source

    def scratch(self) -> Float32:
        """As ``Faces`` says: a ring of planes."""
        return np.zeros(2 * self.layout.lead + 2 * fine.RING * self.layout.block, np.float32)

    def descend(
        self, alpha: float, p: Float32, q: Float32, u: Float32, r: Float32, z: Float32, b: Float32, levels: Levels
    ) -> None:
        """As ``Faces`` says."""
        faces = self.layout.numbers(), self.scales, self.red, self.black
        fine.descend(*faces, alpha, fine.SMOOTHING, p, q, u, r, z, b, levels.table[0], levels.source, levels.scratch)

    def ascend(self, r: Float32, z: Float32, b: Float32, levels: Levels) -> float:
        """As ``Faces`` says."""
        faces = self.layout.numbers(), self.scales, self.red, self.black
        return fine.ascend(*faces, fine.SMOOTHING, r, z, b, levels.table[0], levels.potential, levels.scratch)

    def apply(self, z: Float32, beta: float, p: Float32, q: Float32, b: Float32) -> float:
        """As ``Faces`` says."""
        return fine.apply(self.layout.numbers(), self.scales, self.red, self.black, z, beta, p, q, b)

    def finish(self, u: Float32, source: NDArray[Any], b: Float32, potential: Float32) -> None:
        """As ``Faces`` says."""
        numbers = self.layout.numbers()
        fine.finish(numbers, self.scales, self.black, source, u, b)
        voxels.add_potential(numbers, u, b, potential)


@dataclass(frozen=True, eq=False)
class UnequalFaces:
    """Cells joined by conductances; those of the layout are of even length along periodic axes, those of the volume as they are."""

    volume: Conductances
    layout: Layout
    weights: Float32
    inverse_red: Float32
    inverse_black: Float32

    @classmethod
    def build(cls, volume: Conductances, even: Conductances, layout: Layout) -> UnequalFaces:
        """Sort the conductances by colour; ``even`` are those of the volume with even seams."""
        weights, diagonal = np.zeros(6 * layout.size, np.float32), np.zeros(2 * layout.size, np.float32)
        lay_out(layout.numbers(), *even, weights, diagonal)
        return cls(volume, layout, weights, diagonal[: layout.size], diagonal[layout.size :])

    def begin(self, potential: Float32 | None, r: Float32, b: Float32) -> NDArray[Any]:
        """As ``Faces`` says."""
        numbers, source = self.layout.numbers(), np.zeros(self.layout.size, np.float32)
        if potential is None:
            currents.find_drops(numbers, self.volume.z, self.volume.ends, r, source)
        else:
            currents.find_source(numbers, *self.volume, potential, r, source)
        weighted.begin(numbers, self.weights, self.inverse_red, self.inverse_black, source, b, r)
        return source

    def scratch(self) -> Float32:
        """As ``Faces`` says: all of them, since the last may lie before the first."""
        return np.zeros(self.layout.size, np.float32)

    def descend(
        self, alpha: float, p: Float32, q: Float32, u: Float32, r: Float32, z: Float32, b: Float32, levels: Levels
    ) -> None:
        """As ``Faces`` says."""
        faces = self.layout.numbers(), self.weights, self.inverse_red, self.inverse_black
        aggregates = levels.table[0], levels.source, levels.scratch
        weighted.descend(*faces, alpha, fine.SMOOTHING, p, q, u, r, z, b, *aggregates)

    def ascend(self, r: Float32, z: Float32, b: Float32, levels: Levels) -> float:
        """As ``Faces`` says."""
        faces = self.layout.numbers(), self.weights, self.inverse_red, self.inverse_black
        return weighted.ascend(*faces, fine.SMOOTHING, r, z, b, levels.table[0], levels.potential, levels.scratch)

    def apply(self, z: Float32, beta: float, p: Float32, q: Float32, b: Float32) -> float:
        """As ``Faces`` says."""
        faces = self.layout.numbers(), self.weights, self.inverse_red, self.inverse_black
        return weighted.apply(*faces, z, beta, p, q, b)

    def finish(self, u: Float32, source: NDArray[Any], b: Float32, potential: Float32) -> None:
        """As ``Faces`` says."""
        numbers = self.layout.numbers()
        weighted.finish(numbers, self.weights, self.inverse_black, source, u, b)
        voxels.add_potential(numbers, u, b, potential)
