"""The coarse levels of the multigrid cycle: conductances between ever larger aggregates, and the last one's inverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

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
_WRAP = kernel(__file__, "wrap", file="wrap.cu")

Wraps: TypeAlias = tuple[bool, bool, bool]
"""Whether the low side is joined to the high one along z, y, x."""

LAST = 64
"""A level of no more cells is the last: it is solved by the inverse of its matrix."""

_GROUND = 1e-3
"""Share added to the diagonal of the last level's matrix where nothing holds the potential, so that it has an inverse."""
_PIVOTS = 4
"""Rows that a launch eliminates, as in the kernel."""


@dataclass(frozen=True, eq=False)
class Level:
    """float32 arrays over a padded grid.

    ``across``, ``down``, ``along`` are the conductances from a cell to the next along z, y, x; the outer faces of axis z
    are joined to the padding, whose potential is 0. ``inverse`` is one over their sum; ``source`` and ``x`` are
    what the cycle is given and what it returns. Along axes that wrap the level is periodic, its length even, and the
    padding holds copies.
    """

    grid: Grid
    wraps: Wraps
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

    def close(self, device: Device, values: Any) -> None:
        """Copy cells of an array over this level across its periodic sides."""
        if any(self.wraps):
            lengths = (length if wrap else 0 for wrap, length in zip(self.wraps, self.grid.shape, strict=True))
            self.grid.launch(device, _WRAP, *map(np.int32, lengths), values)

    def close_below(self, device: Device, below: Level) -> None:
        """Copy what the next level returned across the sides that are periodic in this one."""
        if any(self.wraps):
            lengths = (length // 2 if wrap else 0 for wrap, length in zip(self.wraps, self.grid.shape, strict=True))
            below.grid.launch(device, _WRAP, *map(np.int32, lengths), below.x)


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
        return cls.above(device, _level(device, coarse, conductances))

    @classmethod
    def of_cells(cls, device: Device, grid: Grid, conductances: tuple[Any, ...], wraps: Wraps) -> Levels:
        """The levels from cells on, of even length along axes that wrap."""
        return cls.above(device, _level(device, grid, conductances, wraps))

    @classmethod
    def above(cls, device: Device, finest: Level) -> Levels:
        """The levels from a finest one on."""
        levels = [finest]
        while levels[-1].grid.voxels > LAST:
            levels.append(_coarser(device, levels[-1]))
        return cls(tuple(levels), _inverse(device, levels[-1], floats=finest.wraps[0]))


def even_lengths(shape: tuple[int, int, int], wraps: Wraps) -> tuple[tuple[int, int, int], Wraps]:
    """Lengths with room for a cell between the last and the first where there is an odd number, and which axes still wrap."""
    z, y, x = (
        length + length % 2 if wrap and length > 1 else length for wrap, length in zip(wraps, shape, strict=True)
    )
    of_z, of_y, of_x = (wrap and length > 1 for wrap, length in zip(wraps, shape, strict=True))
    return (z, y, x), (of_z, of_y, of_x)


def _coarser(device: Device, fine: Level) -> Level:
    """The level of aggregates; periodic axes get a cell between the last and the first where there is an odd number."""
    halved = fine.grid.halved.shape
    shape, wraps = even_lengths(halved, fine.wraps)
    coarse = Grid(fine.grid.batch, shape)
    conductances = tuple(coarse.zeros(device) for _ in range(3))
    fine.grid.launch(device, _AGGREGATE_CELLS, *coarse.lengths, *fine.conductances, *conductances)
    for axis, (length, longer) in enumerate(zip(halved, shape, strict=True)):
        faces = device.xp.swapaxes(conductances[axis], 1, 1 + axis)
        if fine.wraps[axis] and not wraps[axis]:
            # a single cell is joined to itself, which its potential does not depend on
            faces[:, :] = 0
        elif longer > length:
            faces[:, length] *= np.float32(2)
            faces[:, longer] = faces[:, length]
    return _level(device, coarse, conductances, wraps)


def _level(device: Device, grid: Grid, conductances: tuple[Any, ...], wraps: Wraps = (False, False, False)) -> Level:
    inverse = grid.zeros(device)
    across, down, along = conductances
    level = Level(grid, wraps, across, down, along, inverse, grid.zeros(device), grid.zeros(device))
    for faces in conductances:
        level.close(device, faces)
    grid.launch(device, _INVERT_DIAGONAL, *conductances, inverse)
    level.close(device, inverse)
    return level


def _inverse(device: Device, level: Level, *, floats: bool) -> Any:
    """The inverse of a level's matrix, float32[batch, n, n]; nothing holds the potential of one that ``floats``."""
    batch, cells = level.grid.batch, level.grid.voxels
    matrix = device.xp.zeros((batch, cells, cells), np.float64)
    ground = np.float64(_GROUND if floats else 0.0)
    level.grid.launch(device, _MATRIX, *map(np.int32, level.wraps), ground, *level.conductances, matrix)
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
