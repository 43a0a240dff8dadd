"""Conjugate gradients on the voxels, preconditioned by one multigrid cycle: the solver for bulky pores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32
from . import fine, voxels
from .conductance import aggregate_voxels
from .cycle import w_cycle
from .layout import Layout
from .levels import build_levels
from .stopping import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .levels import Levels


@dataclass(frozen=True, eq=False)
class Lattice:
    """A grid of voxels with flow along axis 0, ready to be solved on."""

    grid: NDArray[np.uint8]
    layout: Layout
    levels: Levels
    degree: Float32
    inverse_red: Float32
    inverse_black: Float32

    @classmethod
    def build(cls, grid: NDArray[np.uint8]) -> Lattice:
        """grid: 1 in the voxels that conduct, each joined to both outer faces of axis 0; 0 elsewhere."""
        z, y, x = grid.shape
        layout = Layout((z, y, x))
        degree, inverse_red, inverse_black = np.zeros((3, layout.size), np.float32)
        voxels.count_faces(layout.geometry, grid, degree, inverse_red, inverse_black)
        return cls(grid, layout, build_levels(aggregate_voxels(grid)), degree, inverse_red, inverse_black)

    def improve(self, potential: Float32, energy: float, tolerance: float, max_iterations: int) -> Progress:
        """Add to ``potential`` (float32[z, y, x], deviation from the profile that falls by 1 a plane) until its energy is settled.

        ``energy`` is that of ``potential`` as given. Being solved for afresh from the measured
        residual, the correction may be called for again: that removes what rounding left.
        """
        geometry = self.layout.geometry
        # one block for all arrays: the system can back it by huge pages, and first use costs half
        r, source, b, u, p, z = np.zeros((6, self.layout.size), np.float32)
        # S p takes the place of z plane by plane: neither sweep needs the one after it has the other
        q = z
        voxels.find_source(geometry, self.grid, potential, r, source)
        voxels.add_product(b, self.inverse_black, source)
        fine.add_neighbours(geometry, self.inverse_red, b, r)
        depth, height, width = self.layout.coarse_shape
        right, correction = np.zeros((2, depth, height * (width + 1)), np.float32)
        scratch = np.zeros(2 * right.shape[1], np.float32)

        progress = Progress(energy, tolerance)
        alpha = before = 0.0
        while progress.iterations < max_iterations:
            fine.descend(geometry, self.inverse_red, self.inverse_black, alpha, fine.SMOOTHING, p, q, u, r, z, b, right)
            levels = self.levels
            w_cycle(
                levels.table,
                levels.weights,
                levels.diagonal,
                levels.potential,
                levels.source,
                scratch,
                right,
                correction,
            )
            after = fine.ascend(geometry, self.inverse_red, self.inverse_black, fine.SMOOTHING, correction, r, z, b)
            beta = after / before if before else 0.0
            curvature = fine.apply(geometry, self.degree, self.inverse_black, z, beta, p, q, b)
            if not (curvature > 0.0 and after > 0.0):
                # the residual is zero, or rounding is all that is left of it
                progress.exhausted()
                alpha = 0.0
                break
            alpha, before = after / curvature, after
            if progress.settles(alpha * after):
                break
        fine.advance(u, p, alpha)
        fine.relax_black(geometry, self.inverse_black, u, b)
        voxels.add_product(b, self.inverse_black, source)
        voxels.add_potential(geometry, u, b, potential)
        return progress
