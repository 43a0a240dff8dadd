"""The coarse levels of the multigrid cycle: conductances between ever larger aggregates, and the last one's inverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels import kernel
from .grid import Grid, threads_for

if TYPE_CHECKING:
    from ..device import Device

_AGGREGATE_VOXELS = kernel(__file__, "aggregate_voxels", file="aggregate_voxels.cu")
_AGGREGATE_CELLS = kernel(__file__, "aggregate_cells", file="aggregate_cells.cu")
_INVERT_DIAGONAL = kernel(__file__, "invert_diagonal", file="invert_diagonal.cu")
_MATRIX = kernel(__file__, "matrix", file="matrix.cu")
_ELIMINATE = kernel(__file__, "eliminate", file="eliminate.cu")

LAST = 64
"""A level of no more cells is the last: it is solved by the inverse of its matrix."""

_PIVOTS = 4
"""Rows that a launch eliminates, as in the kernel."""


@dataclass(frozen=True, eq=False)
class Level:
    """float32 arrays over a padded grid.

    ``across``, ``down``, ``along`` are the conductances from a cell to the next along z, y, x; the outer faces of axis z
    are joined to the padding, whose potential is 0. ``inverse`` is one over their sum; ``source`` and ``x`` are
    what the cycle is given and what it returns.
    """

    grid: Grid
    across: Any
    down: Any
    along: Any
    inverse: Any
    source: Any
    x: Any

    @property
    def conductances(self) -> tuple[Any, Any, Any]:
        """Along z, y, x."""
        return self.across, self.down, self.along


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels, finest first; ``inverse`` (float32[batch, n, n]) is that of the matrix of the last."""

    levels: tuple[Level, ...]
    inverse: Any

    @classmethod
    def build(cls, device: Device, grid: Grid, degree: Any) -> Levels:
        """The levels above the voxels of a grid, of which those with a degree (uint8) conduct."""
        coarse = grid.halved
        conductances = tuple(coarse.zeros(device) for _ in range(3))
        grid.launch(device, _AGGREGATE_VOXELS, degree, *conductances)
        levels = [_level(device, coarse, conductances)]
        while levels[-1].grid.voxels > LAST:
            fine = levels[-1]
            coarse = fine.grid.halved
            conductances = tuple(coarse.zeros(device) for _ in range(3))
            fine.grid.launch(device, _AGGREGATE_CELLS, *fine.conductances, *conductances)
            levels.append(_level(device, coarse, conductances))
        return cls(tuple(levels), _inverse(device, levels[-1]))


def _level(device: Device, grid: Grid, conductances: tuple[Any, ...]) -> Level:
    inverse = grid.zeros(device)
    grid.launch(device, _INVERT_DIAGONAL, *conductances, inverse)
    across, down, along = conductances
    return Level(grid, across, down, along, inverse, grid.zeros(device), grid.zeros(device))


def _inverse(device: Device, level: Level) -> Any:
    """The inverse of a level's matrix, float32[batch, n, n]."""
    batch, cells = level.grid.batch, level.grid.voxels
    matrix = device.xp.zeros((batch, cells, cells), np.float64)
    level.grid.launch(device, _MATRIX, *level.conductances, matrix)
    return inverted(device, matrix).astype(np.float32)


def inverted(device: Device, matrix: Any) -> Any:
    """The inverses of positive definite matrices, float64[batch, n, n]; ``matrix`` is overwritten."""
    batch, cells, _ = matrix.shape
    other = device.xp.zeros(matrix.shape, np.float64)
    threads = threads_for(cells * cells)
    for step in range(0, cells, _PIVOTS):
        device.launch(_ELIMINATE, batch * threads, np.int32(threads), np.int32(cells), np.int32(step), matrix, other)
        matrix, other = other, matrix
    return matrix
