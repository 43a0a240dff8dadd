"""The two kinds of grids that the lattice solves on: equal voxels, and cells joined by unequal conductances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .....array_types import Float32, UInt8
from . import currents, fine, voxels, weighted
from .levels import lay_out

if TYPE_CHECKING:
    from .conductance import Conductances
    from .layout import Layout, Scales


class Faces(Protocol):
    """The operator and its sweeps; arrays of one colour are as long as ``layout.size``. See ``fine`` for their meaning."""

    @property
    def layout(self) -> Layout:
        """Places of the voxels in the arrays."""

    def begin(self, potential: Float32, r: Float32, source: Float32, b: Float32) -> None:
        """Find the net flow into each voxel: r of the red ones with the black ones eliminated, source of the black."""

    def descend(
        self,
        alpha: float,
        p: Float32,
        q: Float32,
        u: Float32,
        r: Float32,
        z: Float32,
        b: Float32,
        coarse: Float32,
    ) -> None:
        """Take the step alpha, then the first half of the preconditioner down to the aggregates."""

    def ascend(self, coarse: Float32, r: Float32, z: Float32, b: Float32) -> float:
        """Take the second half of the preconditioner; returns r . z."""

    def apply(self, z: Float32, beta: float, p: Float32, q: Float32, b: Float32) -> float:
        """Take the next direction p and the operator's q of it; returns p . q."""

    def finish(self, u: Float32, source: Float32, b: Float32, potential: Float32) -> None:
        """Add the red potentials u and the black ones that follow to ``potential``."""


@dataclass(frozen=True, eq=False)
class EqualFaces:
    """Voxels (0 or 1) of which each two neighbours along an axis are joined alike."""

    grid: UInt8
    layout: Layout
    scales: Scales
    degree: Float32
    inverse_red: Float32
    inverse_black: Float32

    @classmethod
    def build(cls, grid: UInt8, layout: Layout, scales: Scales = None) -> EqualFaces:
        """Count the faces of each voxel."""
        degree, inverse_red, inverse_black = np.zeros((3, layout.size), np.float32)
        counted = voxels.degrees(scales)
        voxels.count_faces(layout.geometry, grid, *counted, degree, inverse_red, inverse_black)
        return cls(grid, layout, scales, degree, inverse_red, inverse_black)

    def begin(self, potential: Float32, r: Float32, source: Float32, b: Float32) -> None:
        """As ``Faces`` says."""
        geometry = self.layout.geometry
        voxels.find_source(geometry, voxels.scales_of(self.scales), self.grid, potential, r, source)
        voxels.add_product(b, self.inverse_black, source)
        fine.add_neighbours(geometry, self.scales, self.inverse_red, b, r)

    def descend(
        self,
        alpha: float,
        p: Float32,
        q: Float32,
        u: Float32,
        r: Float32,
        z: Float32,
        b: Float32,
        coarse: Float32,
    ) -> None:
        """As ``Faces`` says."""
        geometry = self.layout.geometry
        inverses = self.inverse_red, self.inverse_black
        fine.descend(geometry, self.scales, *inverses, alpha, fine.SMOOTHING, p, q, u, r, z, b, coarse)

    def ascend(self, coarse: Float32, r: Float32, z: Float32, b: Float32) -> float:
        """As ``Faces`` says."""
        geometry = self.layout.geometry
        inverses = self.inverse_red, self.inverse_black
        return fine.ascend(geometry, self.scales, *inverses, fine.SMOOTHING, coarse, r, z, b)

    def apply(self, z: Float32, beta: float, p: Float32, q: Float32, b: Float32) -> float:
        """As ``Faces`` says."""
        return fine.apply(self.layout.geometry, self.scales, self.degree, self.inverse_black, z, beta, p, q, b)

    def finish(self, u: Float32, source: Float32, b: Float32, potential: Float32) -> None:
        """As ``Faces`` says."""
        geometry = self.layout.geometry
        fine.relax_black(geometry, self.scales, self.inverse_black, u, b)
        voxels.add_product(b, self.inverse_black, source)
        voxels.add_potential(geometry, u, b, potential)


@dataclass(frozen=True, eq=False)
class UnequalFaces:
    """Cells joined by conductances; those of the layout are of even length along periodic axes, those of the volume as they are."""

    volume: Conductances
    layout: Layout
    weights: Float32
    degree: Float32
    inverse_red: Float32
    inverse_black: Float32

    @classmethod
    def build(cls, volume: Conductances, even: Conductances, layout: Layout) -> UnequalFaces:
        """Sort the conductances by colour; ``even`` are those of the volume with even seams."""
        weights, diagonal = np.zeros((6, layout.size), np.float32), np.zeros((3, layout.size), np.float32)
        lay_out(layout.geometry, layout.seams, *even, weights, diagonal)
        inverse_red, inverse_black, degree = diagonal
        return cls(volume, layout, weights, degree, inverse_red, inverse_black)

    def begin(self, potential: Float32, r: Float32, source: Float32, b: Float32) -> None:
        """As ``Faces`` says."""
        geometry, seams = self.layout.geometry, self.layout.seams
        currents.find_source(geometry, *self.volume, potential, r, source)
        voxels.add_product(b, self.inverse_black, source)
        weighted.add_neighbours(geometry, seams, self.weights, self.inverse_red, b, r)

    def descend(
        self,
        alpha: float,
        p: Float32,
        q: Float32,
        u: Float32,
        r: Float32,
        z: Float32,
        b: Float32,
        coarse: Float32,
    ) -> None:
        """As ``Faces`` says."""
        weighted.descend(
            self.layout.geometry,
            self.layout.seams,
            self.weights,
            self.inverse_red,
            self.inverse_black,
            alpha,
            fine.SMOOTHING,
            p,
            q,
            u,
            r,
            z,
            b,
            coarse,
        )

    def ascend(self, coarse: Float32, r: Float32, z: Float32, b: Float32) -> float:
        """As ``Faces`` says."""
        geometry, seams = self.layout.geometry, self.layout.seams
        inverses = self.inverse_red, self.inverse_black
        return weighted.ascend(geometry, seams, self.weights, *inverses, fine.SMOOTHING, coarse, r, z, b)

    def apply(self, z: Float32, beta: float, p: Float32, q: Float32, b: Float32) -> float:
        """As ``Faces`` says."""
        geometry, seams = self.layout.geometry, self.layout.seams
        return weighted.apply(geometry, seams, self.weights, self.degree, self.inverse_black, z, beta, p, q, b)

    def finish(self, u: Float32, source: Float32, b: Float32, potential: Float32) -> None:
        """As ``Faces`` says."""
        geometry, seams = self.layout.geometry, self.layout.seams
        weighted.relax_black(geometry, seams, self.weights, self.inverse_black, u, b)
        voxels.add_product(b, self.inverse_black, source)
        voxels.add_potential(geometry, u, b, potential)
