"""Conjugate gradients on the voxels, preconditioned by one multigrid cycle: the solver for bulky pores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, UInt8
from . import fine
from .conductance import aggregate, aggregate_voxels, even_seams
from .cycle import w_cycle
from .faces import EqualFaces, UnequalFaces
from .layout import Layout
from .levels import build_levels
from .stopping import Progress

if TYPE_CHECKING:
    from .conductance import Conductances
    from .faces import Faces
    from .layout import Scales, Wraps
    from .levels import Levels


@dataclass(frozen=True, eq=False)
class Lattice:
    """A grid of voxels with flow along axis 0, ready to be solved on."""

    faces: Faces
    levels: Levels

    @classmethod
    def build(cls, grid: UInt8, scales: Scales = None) -> Lattice:
        """grid: 1 in the voxels that conduct, each joined to both outer faces of axis 0; 0 elsewhere."""
        z, y, x = grid.shape
        return cls._over(EqualFaces.build(grid, Layout((z, y, x)), scales), aggregate_voxels(grid, scales))

    @classmethod
    def of_cells(cls, cells: Conductances, wraps: Wraps) -> Lattice:
        """Cells of unequal conductance, periodic along the axes that wrap."""
        even, still = even_seams(cells, wraps)
        z, y, x = even.z.shape
        coarse, coarse_wraps = even_seams(aggregate(even), still)
        return cls._over(UnequalFaces.build(cells, even, Layout((z, y, x), still)), coarse, coarse_wraps)

    @classmethod
    def _over(cls, faces: Faces, coarse: Conductances, wraps: Wraps = (False, False, False)) -> Lattice:
        return cls(faces, build_levels(coarse, wraps))

    def improve(
        self, potential: Float32, energy: float, tolerance: float, max_iterations: int, *, is_profile: bool = False
    ) -> Progress:
        """Add to ``potential`` (float32[z, y, x], deviation from the profile that falls by 1 a plane) until its energy is settled.

        ``energy`` is that of ``potential`` as given, which is all zero if it ``is_profile``. Being solved for afresh from
        the measured residual, the correction may be called for again: that removes what rounding left.
        """
        faces, levels = self.faces, self.levels
        # blocks of arrays: the system can back them by huge pages, and first use costs half
        u, p = np.zeros((2, faces.layout.size), np.float32)
        r, z = np.zeros((2, faces.layout.size), np.float32)
        # S p takes the place of z plane by plane: neither sweep needs the one after it has the other
        q, b = z, faces.scratch()
        source = faces.begin(None if is_profile else potential, r, p)

        progress = Progress(energy, tolerance)
        alpha = before = 0.0
        while progress.iterations < max_iterations:
            faces.descend(alpha, p, q, u, r, z, b, levels)
            w_cycle(levels.table, levels.weights, levels.diagonal, levels.potential, levels.source, levels.scratch)
            after = faces.ascend(r, z, b, levels)
            beta = after / before if before else 0.0
            curvature = faces.apply(z, beta, p, q, b)
            if not (curvature > 0.0 and after > 0.0):
                # the residual is zero, or rounding is all that is left of it
                progress.exhausted()
                alpha = 0.0
                break
            alpha, before = after / curvature, after
            if progress.settles(alpha * after):
                break
        fine.advance(u, p, alpha)
        del r, z, q, b
        faces.finish(u, source, p, potential)
        return progress
