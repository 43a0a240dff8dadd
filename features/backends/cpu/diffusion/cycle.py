"""The W-cycle over the coarse levels: red-black Gauss-Seidel, twice through every level below.

A visit relaxes red, then black, sums the residual (which black cells no longer have) over the
aggregates of the next level, takes its correction and relaxes black, then red: the mirror image, so the
cycle is symmetric and fit to precondition conjugate gradients. Levels and arrays: ``levels``, ``layout``.
"""
# ruff: noqa: PLR2004  the aggregates are 2 x 2 x 2

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel
from .halo import wrap_end, wrap_plane
from .stencil import black_sum, red_sum

if TYPE_CHECKING:
    from .layout import Geometry, Seams


@kernel(fastmath=True)
def w_cycle(
    table: Int64,
    weights: Float32,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    scratch: Float32,
    right: Float32,
    out: Float32,
) -> None:
    """Store in ``out`` the result of two cycles on the finest of the coarse levels for the source ``right``.

    right, out: [z, y (x + 1)], planes with one zero after each row. scratch: as long as such a plane.
    """
    last = table.shape[0] - 1
    done = np.zeros(last + 1, np.int64)
    _put(table[0], source, right)
    level = 0
    while True:
        while level < last:
            _down(table, weights, diagonal, potential, source, scratch, level, done[level] == 0)
            level += 1
            done[level] = 0
        _solve_last(table[last], weights, diagonal, potential, source, done[last] == 0)
        done[last] += 1
        while level > 0 and done[level] == 2:
            level -= 1
            _up(table, weights, diagonal, potential, source, scratch, level)
            done[level] += 1
        if level == 0 and done[0] == 2:
            break
    _get(table[0], potential, out)


@kernel(fastmath=True)
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
    planes, lead, block, pitch, used, height, width, wraps_z, wraps_y, wraps_x, at, size = table[level]
    geometry = (planes, lead, block, pitch, used)
    seams = (height, width, wraps_z, wraps_y, wraps_x)
    w = weights[6 * at : 6 * (at + size)].reshape((6, size))
    d = diagonal[3 * at : 3 * (at + size)].reshape((3, size))
    x = potential[2 * at : 2 * (at + size)].reshape((2, size))
    f = source[2 * at : 2 * (at + size)].reshape((2, size))
    length = table[level + 1, 5] * (table[level + 1, 6] + 1)
    coarse_at, coarse_size = table[level + 1, 10], table[level + 1, 11]
    total, row = scratch[:length], scratch[length:]
    # black planes follow red ones, or wait for the last of them, which is the first one's neighbour
    lag = planes if wraps_z else 1
    for step in range(planes + 2 * lag):
        # red cells after black ones are relaxed already: the second visit starts with black
        if first and step < planes:
            i, j = lead + 2 * (step + 1) * block, lead + 2 * (step + 2) * block
            _multiply(x[0, i:j], d[0, i:j], f[0, i:j])
            _close(geometry, seams, x[0], 0, step)
        if 0 <= step - lag < planes:
            _relax_black(geometry, w, d[1], x[0], x[1], f[1], step - lag)
            _close(geometry, seams, x[1], 1, step - lag)
        plane = step - 2 * lag
        if plane < 0:
            continue
        if plane % 2 == 0:
            total[:] = 0
        for parity in range(2):
            i = lead + (2 * (plane + 1) + parity) * block
            red_sum(geometry, w, x[1], row[:used], plane, parity)
            _add_residual(total, f[0, i : i + used], d[2, i : i + used], x[0, i : i + used], row)
        if plane % 2 == 1 or plane == planes - 1:
            _put_plane(table[level + 1], source[2 * coarse_at : 2 * (coarse_at + coarse_size)], total, plane // 2)


@kernel(fastmath=True)
def _up(
    table: Int64,
    weights: Float32,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    scratch: Float32,
    level: int,
) -> None:
    planes, lead, block, pitch, used, height, width, wraps_z, wraps_y, wraps_x, at, size = table[level]
    geometry = (planes, lead, block, pitch, used)
    seams = (height, width, wraps_z, wraps_y, wraps_x)
    w = weights[6 * at : 6 * (at + size)].reshape((6, size))
    d = diagonal[3 * at : 3 * (at + size)].reshape((3, size))
    x = potential[2 * at : 2 * (at + size)].reshape((2, size))
    f = source[2 * at : 2 * (at + size)].reshape((2, size))
    coarse_at, coarse_size = table[level + 1, 10], table[level + 1, 11]
    lag = planes if wraps_z else 1
    for step in range(planes + 2 * lag):
        if step < planes:
            if step % 2 == 0:
                correction = potential[2 * coarse_at : 2 * (coarse_at + coarse_size)]
                _get_plane(table[level + 1], correction, scratch, step // 2)
            for parity in range(2):
                i = lead + (2 * (step + 1) + parity) * block
                _add_inside(x[0, i : i + used], d[0, i : i + used], scratch)
            _close(geometry, seams, x[0], 0, step)
        if 0 <= step - lag < planes:
            _relax_black(geometry, w, d[1], x[0], x[1], f[1], step - lag)
            _close(geometry, seams, x[1], 1, step - lag)
        if step >= 2 * lag:
            _relax_red(geometry, w, d[0], x[0], x[1], f[0], step - 2 * lag)
            _close(geometry, seams, x[0], 0, step - 2 * lag)


@kernel(fastmath=True)
def _solve_last(
    last: Int64,
    weights: Float32,
    diagonal: Float32,
    potential: Float32,
    source: Float32,
    first: bool,  # noqa: FBT001  kernels are called by position
) -> None:
    planes, lead, block, pitch, used, height, width, wraps_z, wraps_y, wraps_x, at, size = last
    geometry = (planes, lead, block, pitch, used)
    seams = (height, width, wraps_z, wraps_y, wraps_x)
    w = weights[6 * at : 6 * (at + size)].reshape((6, size))
    d = diagonal[3 * at : 3 * (at + size)].reshape((3, size))
    x = potential[2 * at : 2 * (at + size)].reshape((2, size))
    f = source[2 * at : 2 * (at + size)].reshape((2, size))
    if first:
        x[:] = 0
    for plane in range(planes):
        _relax_red(geometry, w, d[0], x[0], x[1], f[0], plane)
        _close(geometry, seams, x[0], 0, plane)
    for _ in range(4):
        for plane in range(planes):
            _relax_black(geometry, w, d[1], x[0], x[1], f[1], plane)
            _close(geometry, seams, x[1], 1, plane)
        for plane in range(planes):
            _relax_red(geometry, w, d[0], x[0], x[1], f[0], plane)
            _close(geometry, seams, x[0], 0, plane)


@kernel
def _close(geometry: Geometry, seams: Seams, x: Float32, colour: int, plane: int) -> None:
    """Copy what lies at the sides of a plane across those that are periodic."""
    if seams[3] or seams[4]:
        wrap_plane(geometry, seams, x, colour, plane)
    wrap_end(geometry, seams, x, plane)


@kernel(fastmath=True)
def _relax_black(
    geometry: Geometry, w: Float32, inverse: Float32, red: Float32, black: Float32, source: Float32, plane: int
) -> None:
    _, lead, block, _, used = geometry
    for parity in range(2):
        i = lead + (2 * (plane + 1) + parity) * block
        out = black[i : i + used]
        black_sum(geometry, w, red, out, plane, parity)
        _relax(out, inverse[i : i + used], source[i : i + used])


@kernel(fastmath=True)
def _relax_red(
    geometry: Geometry, w: Float32, inverse: Float32, red: Float32, black: Float32, source: Float32, plane: int
) -> None:
    _, lead, block, _, used = geometry
    for parity in range(2):
        i = lead + (2 * (plane + 1) + parity) * block
        out = red[i : i + used]
        red_sum(geometry, w, black, out, plane, parity)
        _relax(out, inverse[i : i + used], source[i : i + used])


@kernel(fastmath=True)
def _put(row: Int64, target: Float32, grid: Float32) -> None:
    planes, at, size = row[0], row[10], row[11]
    for plane in range(planes):
        _put_plane(row, target[2 * at : 2 * (at + size)], grid[plane], plane)


@kernel(fastmath=True)
def _get(row: Int64, origin: Float32, grid: Float32) -> None:
    planes, at, size = row[0], row[10], row[11]
    for plane in range(planes):
        _get_plane(row, origin[2 * at : 2 * (at + size)], grid[plane], plane)


@kernel(fastmath=True)
def _put_plane(row: Int64, target: Float32, values: Float32, plane: int) -> None:
    """Sort a plane of cells by colour; ``target`` holds the red array, then the black one."""
    lead, block, pitch, height, width, size = row[1], row[2], row[3], row[5], row[6], row[11]
    for y in range(height):
        start = lead + (2 * (plane + 1) + y % 2) * block + y // 2 * pitch
        even, odd = (start, size + start) if (plane + y) % 2 == 0 else (size + start, start)
        line = values[y * (width + 1) : y * (width + 1) + width]
        first, second = target[even : even + pitch], target[odd : odd + pitch]
        for x in range(width // 2):
            first[x] = line[2 * x]
            second[x] = line[2 * x + 1]
        if width % 2:
            first[width // 2] = line[width - 1]


@kernel(fastmath=True)
def _get_plane(row: Int64, origin: Float32, values: Float32, plane: int) -> None:
    """A plane of cells in order, from the two colours."""
    lead, block, pitch, height, width, size = row[1], row[2], row[3], row[5], row[6], row[11]
    for y in range(height):
        start = lead + (2 * (plane + 1) + y % 2) * block + y // 2 * pitch
        even, odd = (start, size + start) if (plane + y) % 2 == 0 else (size + start, start)
        line = values[y * (width + 1) : y * (width + 1) + width]
        first, second = origin[even : even + pitch], origin[odd : odd + pitch]
        for x in range(width // 2):
            line[2 * x] = first[x]
            line[2 * x + 1] = second[x]
        if width % 2:
            line[width - 1] = first[width // 2]


@kernel(fastmath=True)
def _relax(x: Float32, inverse: Float32, source: Float32) -> None:
    for i in range(x.size):
        x[i] = inverse[i] * (source[i] + x[i])


@kernel(fastmath=True)
def _multiply(x: Float32, inverse: Float32, source: Float32) -> None:
    for i in range(x.size):
        x[i] = inverse[i] * source[i]


@kernel(fastmath=True)
def _add_residual(total: Float32, source: Float32, degree: Float32, x: Float32, neighbours: Float32) -> None:
    for i in range(source.size):
        total[i] += source[i] + neighbours[i] - degree[i] * x[i] if degree[i] > 0 else np.float32(0)


@kernel(fastmath=True)
def _add_inside(x: Float32, inverse: Float32, correction: Float32) -> None:
    for i in range(x.size):
        x[i] += correction[i] if inverse[i] > 0 else np.float32(0)
