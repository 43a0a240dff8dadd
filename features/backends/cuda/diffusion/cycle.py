"""The W-cycle over the coarse levels: red-black Gauss-Seidel, twice through every level below.

A visit relaxes red, then black cells, sums the residual (which black cells no longer have) over the aggregates of
the next level, takes its correction and relaxes black, then red: the mirror image, so the cycle is symmetric
and fit to precondition conjugate gradients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels import kernel

if TYPE_CHECKING:
    from ..device import Device
    from .levels import Levels

_BEGIN = kernel(__file__, "coarse_begin", file="coarse_begin.cu")
_RELAX = kernel(__file__, "coarse_relax", file="coarse_relax.cu")
_RESTRICT = kernel(__file__, "coarse_restrict", file="coarse_restrict.cu")
_CORRECT = kernel(__file__, "coarse_correct", file="coarse_correct.cu")
_SOLVE_LAST = kernel(__file__, "solve_last", file="solve_last.cu")
_RED, _BLACK = np.int32(0), np.int32(1)


def w_cycle(device: Device, levels: Levels, state: Any, *, visits: int = 2) -> None:
    """Put in ``x`` of the finest level the result of so many cycles for ``source``, for volumes whose state (int8) is 1."""
    if len(levels.levels) > 1:
        for visit in range(visits):
            _visit(device, levels, state, 0, first=visit == 0)
    else:
        _solve_last(device, levels, state)


def _visit(device: Device, levels: Levels, state: Any, number: int, *, first: bool) -> None:
    level, below = levels.levels[number : number + 2]
    grid, joined, coarse = level.grid, (state, *level.conductances), below.grid.lengths
    if first:
        level.close(device, level.source)
        grid.launch(device, _BEGIN, *joined, level.inverse, level.source, level.x)
    else:
        # the last visit ended with red cells
        grid.launch(device, _RELAX, _BLACK, *joined, level.inverse, level.source, level.x)
    level.close(device, level.x)
    grid.launch(device, _RESTRICT, *coarse, *joined, level.source, level.x, below.source)
    if number + 2 == len(levels.levels):
        _solve_last(device, levels, state)
    else:
        _visit(device, levels, state, number + 1, first=True)
        _visit(device, levels, state, number + 1, first=False)
    level.close_below(device, below)
    wraps_z = np.int32(level.wraps[0])
    grid.launch(device, _CORRECT, *coarse, wraps_z, *joined, level.inverse, level.source, below.x, level.x)
    level.close(device, level.x)
    grid.launch(device, _RELAX, _RED, *joined, level.inverse, level.source, level.x)
    level.close(device, level.x)


def _solve_last(device: Device, levels: Levels, state: Any) -> None:
    last = levels.levels[-1]
    last.grid.launch(device, _SOLVE_LAST, state, levels.inverse, last.source, last.x)
