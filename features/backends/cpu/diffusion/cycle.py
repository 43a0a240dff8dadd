"""The W-cycle over the coarse levels: red-black Gauss-Seidel, twice through every level below.

A visit relaxes red, then black, sums the residual (which black cells no longer have) over the
aggregates of the next level, takes its correction and relaxes black, then red: the mirror image, so the
cycle is symmetric and fit to precondition conjugate gradients. Levels and arrays: ``levels``, ``layout``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel
from .halo import close
from .planes import get_plane, put_plane
from .stencil import around, clear, moved, start_of, towards, weighed

if TYPE_CHECKING:
    from .stencil import Around, Place

_LAST_SWEEPS = 4
"""Times that the last level is relaxed, back and forth."""


@kernel(fastmath=True)
def w_cycle(
    table: Int64,
    weights: Float32,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    scratch: Float32,
) -> None:
    """Two cycles on the finest of the coarse levels, from zero: its potential from its source.

    scratch: as long as a plane of it, with one more after each row.
    """
    last = table.shape[0] - 1
    done = np.zeros(last + 1, np.int64)
    level = 0
    while True:
        while level < last:
            _down(table, weights, diagonal, potential, source, scratch, level, done[level] == 0)
            level += 1
            done[level] = 0
        _solve_last(table[last], weights, diagonal, potential, source, done[last] == 0)
        done[last] += 1
        while level > 0 and done[level] == 2:  # noqa: PLR2004  two visits: the W
            level -= 1
            _up(table, weights, diagonal, potential, source, scratch, level)
            done[level] += 1
        if level == 0 and done[0] == 2:  # noqa: PLR2004
            break


@kernel(fastmath=True, inline=True)
def _down(
    table: Int64,
    weights: Float32,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    scratch: Float32,
    level: int,
    first: bool,  # noqa: FBT001  kernels are called by position
) -> None:
    layout, coarse = table[level], table[level + 1]
    planes, lag = layout[0], layout[0] if layout[7] else 1
    # black planes follow red ones, or wait for the last of them, which is the first one's neighbour
    for step in range(planes + 2 * lag):
        # red cells after black ones are relaxed already: the second visit starts with black
        if first and step < planes:
            _begin_red(layout, diagonal, potential, source, step)
        if 0 <= step - lag < planes:
            _relax(layout, weights, diagonal, potential, source, 1, step - lag)
        plane = step - 2 * lag
        if plane < 0:
            continue
        if plane % 2 == 0:
            clear(scratch, 0, coarse[5] * (coarse[6] + 1))
        _add_residual(layout, weights, diagonal, potential, source, scratch, plane)
        if plane % 2 == 1 or plane == planes - 1:
            put_plane(coarse, source, scratch, plane // 2)


@kernel(fastmath=True, inline=True)
def _up(
    table: Int64,
    weights: Float32,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    scratch: Float32,
    level: int,
) -> None:
    layout, coarse = table[level], table[level + 1]
    planes, lag = layout[0], layout[0] if layout[7] else 1
    for step in range(planes + 2 * lag):
        if step < planes:
            if step % 2 == 0:
                get_plane(coarse, potential, scratch, step // 2)
            _correct_red(layout, diagonal, potential, scratch, step)
        # black, then red behind it
        for colour in range(2):
            plane = step - (1 + colour) * lag
            if 0 <= plane < planes:
                _relax(layout, weights, diagonal, potential, source, 1 - colour, plane)


@kernel(fastmath=True, inline=True)
def _solve_last(
    layout: Int64,
    weights: Float32,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    first: bool,  # noqa: FBT001  kernels are called by position
) -> None:
    if first:
        clear(potential, 2 * layout[10], 2 * (layout[10] + layout[11]))
    for sweep in range(2 * _LAST_SWEEPS + 1):
        for plane in range(layout[0]):
            _relax(layout, weights, diagonal, potential, source, sweep % 2, plane)


@kernel(fastmath=True)
def _relax(
    layout: Int64, weights: Float32, diagonal: Float32, potential: Float32, source: Float32, colour: int, plane: int
) -> None:
    """Relax the red (0) or black (1) cells of a plane."""
    at, size = layout[10], layout[11]
    mine, other = 2 * at + colour * size, 2 * at + (1 - colour) * size
    for parity in range(2):
        near = around(layout, plane, parity, colour)
        i = np.uint64(mine + start_of(layout, plane, parity))
        used = np.uint64(layout[4])
        _relax_block(
            weights,
            moved(towards(near, size, colour), 6 * at),
            diagonal,
            potential,
            source,
            i,
            moved(near, other),
            used,
        )
    close(layout, potential, mine, colour, plane)


@kernel(fastmath=True, inline=True)
def _begin_red(layout: Int64, diagonal: Float32, potential: Float32, source: Float32, plane: int) -> None:
    """Relax the red cells of a plane where all potentials are zero."""
    i = 2 * layout[10] + layout[1] + 2 * (plane + 1) * layout[2]
    _multiply(diagonal, potential, source, np.uint64(i), np.uint64(i + 2 * layout[2]))
    close(layout, potential, 2 * layout[10], 0, plane)


@kernel(fastmath=True, inline=True)
def _correct_red(layout: Int64, diagonal: Float32, potential: Float32, correction: Float32, plane: int) -> None:
    """Add the correction of the aggregates to the red cells of a plane."""
    for parity in range(2):
        i = np.uint64(2 * layout[10] + layout[1] + (2 * (plane + 1) + parity) * layout[2])
        _add_inside(diagonal, potential, i, correction, np.uint64(layout[4]))
    close(layout, potential, 2 * layout[10], 0, plane)


@kernel(fastmath=True, inline=True)
def _add_residual(
    layout: Int64, weights: Float32, diagonal: Float32, potential: Float32, source: Float32, total: Float32, plane: int
) -> None:
    """Add the residual of the red cells of a plane to that of the aggregates."""
    at, size = layout[10], layout[11]
    for parity in range(2):
        near = around(layout, plane, parity, 0)
        i = np.uint64(2 * at + start_of(layout, plane, parity))
        used = np.uint64(layout[4])
        _add_block(
            total,
            weights,
            moved(towards(near, size, 0), 6 * at),
            diagonal,
            potential,
            source,
            i,
            moved(near, 2 * at + size),
            used,
        )


@kernel(fastmath=True)
def _relax_block(
    weights: Float32,
    at: Around,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    i: Place,
    of: Around,
    used: Place,
) -> None:
    for k in range(used):
        potential[i + k] = diagonal[i + k] * (source[i + k] + weighed(weights, at, potential, of, k))


@kernel(fastmath=True)
def _multiply(diagonal: Float32, potential: Float32, source: Float32, first: Place, last: Place) -> None:
    for i in range(first, last):
        potential[i] = diagonal[i] * source[i]


@kernel(fastmath=True)
def _add_block(
    total: Float32,
    weights: Float32,
    at: Around,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    i: Place,
    of: Around,
    used: Place,
) -> None:
    for k in range(used):
        inverse = diagonal[i + k]
        flow = source[i + k] + weighed(weights, at, potential, of, k)
        total[k] += flow - potential[i + k] / inverse if inverse > 0 else np.float32(0)


@kernel(fastmath=True)
def _add_inside(diagonal: Float32, potential: Float32, i: Place, correction: Float32, used: Place) -> None:
    for k in range(used):
        potential[i + k] += correction[k] if diagonal[i + k] > 0 else np.float32(0)
