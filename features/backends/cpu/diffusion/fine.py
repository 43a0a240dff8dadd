"""The sweeps of the conjugate gradients over the voxels, each one pass through memory.

The potential of a black voxel is the mean of its neighbours', so black voxels are eliminated: the
system that is iterated on is that of the red ones, S = D_r - N D_b^-1 N^T, half as long and as well
conditioned as after a Gauss-Seidel sweep. Every sweep runs through the planes once and lets the
black plane lag one, the red results two planes behind, so that planes are still in the cache when
they are needed again; no more than ``RING`` planes of black potentials are kept. State is float32; sums are taken in
float32 within a block of a plane and in float64 between blocks. Arrays are laid out as ``layout`` says and are zero in
the solid; the diagonal, ``red`` and ``black``, is a byte a voxel where all faces are alike.

``scales`` are the conductances of a face across z, y, x, or None where all are 1: then the loops are compiled without
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel
from .planes import get_plane, put_plane
from .stencil import around, beside, clear, start_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .layout import Diagonal, Scales
    from .stencil import Around, Place


SMOOTHING = 1.2
"""Damping of the Jacobi steps on S: its eigenvalues, scaled by the diagonal, lie in (0, 1]."""
RING = 3
"""Planes of black potentials that a sweep keeps: a red voxel has neighbours in its own plane and in those next to it."""


@kernel(fastmath=True)
def apply(
    layout: Int64,
    scales: Scales,
    red: Diagonal,
    black: Diagonal,
    z: Float32,
    beta: float,
    p: Float32,
    q: Float32,
    b: Float32,
) -> float:
    """Set p to z + beta p and q to S p; returns p . q.

    b is scratch for ``RING`` planes. q and z may be the same array, here and in
    ``descend``.
    """
    planes, used = layout[0], np.uint64(layout[4])
    weight = np.float32(beta)
    product = 0.0
    _clear(layout, b, -1)
    for step in range(planes + 2):
        if step < planes:
            first = start_of(layout, step, 0)
            _combine(p, z, np.uint64(first), np.uint64(first + 2 * layout[2]), weight)
        if step > 0:
            _relax_black(layout, scales, black, p, b, step - 1)
        for parity in range(2 if step > 1 else 0):
            i = np.uint64(start_of(layout, step - 2, parity))
            product += np.float64(_operate(scales, red, p, q, i, b, _around_red(layout, step - 2, parity), used))
    return product


@kernel(fastmath=True)
def descend(
    layout: Int64,
    scales: Scales,
    red: Diagonal,
    black: Diagonal,
    alpha: float,
    smoothing: float,
    p: Float32,
    q: Float32,
    u: Float32,
    r: Float32,
    z: Float32,
    b: Float32,
    aggregates: Int64,
    source: Float32,
    scratch: Float32,
) -> None:
    """Add alpha p to u, subtract alpha q from r, and take one Jacobi step for S z = r from zero.

    ``source`` of the level whose row of the table is ``aggregates`` receives the residual of that step, summed.
    """
    planes, used = layout[0], np.uint64(layout[4])
    step_length, damping = np.float32(alpha), np.float32(smoothing)
    _clear(layout, b, -1)
    for step in range(planes + 2):
        if step < planes:
            start = start_of(layout, step, 0)
            first, last = np.uint64(start), np.uint64(start + 2 * layout[2])
            _advance(u, p, first, last, step_length)
            _advance(r, q, first, last, -step_length)
            _scale(red, z, r, first, last, damping)
        if step > 0:
            _relax_black(layout, scales, black, z, b, step - 1)
        if step > 1:
            plane = step - 2
            if plane % 2 == 0:
                clear(scratch, 0, scratch.size)
            for parity in range(2):
                i = np.uint64(start_of(layout, plane, parity))
                near = _around_red(layout, plane, parity)
                _restrict(scales, red, scratch, r, i, np.float32(1) - damping, b, near, used)
            if plane % 2 == 1 or plane == planes - 1:
                put_plane(aggregates, source, scratch, plane // 2)


@kernel(fastmath=True)
def ascend(
    layout: Int64,
    scales: Scales,
    red: Diagonal,
    black: Diagonal,
    smoothing: float,
    r: Float32,
    z: Float32,
    b: Float32,
    aggregates: Int64,
    correction: Float32,
    scratch: Float32,
) -> float:
    """Add the correction of the aggregates to z, then take one Jacobi step for S z = r; returns r . z."""
    planes, used = layout[0], np.uint64(layout[4])
    damping = np.float32(smoothing)
    product = 0.0
    _clear(layout, b, -1)
    for step in range(planes + 2):
        if step < planes:
            if step % 2 == 0:
                get_plane(aggregates, correction, scratch, step // 2)
            for parity in range(2):
                _prolong(red, z, np.uint64(start_of(layout, step, parity)), scratch, used)
        if step > 0:
            _relax_black(layout, scales, black, z, b, step - 1)
        for parity in range(2 if step > 1 else 0):
            i = np.uint64(start_of(layout, step - 2, parity))
            near = _around_red(layout, step - 2, parity)
            product += np.float64(_smooth(scales, red, z, r, i, damping, b, near, used))
    return product


@kernel(fastmath=True)
def advance(u: Float32, p: Float32, alpha: float) -> None:
    """Add alpha p to u."""
    _advance(u, p, np.uint64(0), np.uint64(u.size), np.float32(alpha))


@kernel(fastmath=True)
def begin(
    layout: Int64, scales: Scales, red: Diagonal, black: Diagonal, source: NDArray[np.number], b: Float32, r: Float32
) -> None:
    """Add to r what the black voxels pass on of their source; b, as long as r, is scratch and zero where no voxel is."""
    for n in range(source.size):
        b[n] = _inverse(black[n]) * np.float32(source[n])
    for plane in range(layout[0]):
        for parity in range(2):
            i = np.uint64(start_of(layout, plane, parity))
            near = around(layout, plane, parity, 0)
            _pass_on(scales, red, r, i, b, near, np.uint64(layout[4]))


@kernel(fastmath=True)
def finish(layout: Int64, scales: Scales, black: Diagonal, source: NDArray[np.number], u: Float32, b: Float32) -> None:
    """Set the black potentials b to what follows from the red ones u and their source."""
    for plane in range(layout[0]):
        for parity in range(2):
            i = np.uint64(start_of(layout, plane, parity))
            _settle(scales, black, b, i, source, u, around(layout, plane, parity, 1), np.uint64(layout[4]))


@kernel
def _slot(layout: Int64, plane: int, parity: int) -> int:
    """Place of the first black potential of a block in a ring of planes."""
    place: int = layout[1] + (2 * ((plane + 1) % RING) + parity) * layout[2]
    return place


@kernel
def _around_red(layout: Int64, plane: int, parity: int) -> Around:
    """The neighbours of a block of red voxels in the ring."""
    before, after = _slot(layout, plane - 1, parity), _slot(layout, plane + 1, parity)
    return beside(layout, before, _slot(layout, plane, parity), after, plane, parity, 0)


@kernel
def _clear(layout: Int64, b: Float32, plane: int) -> None:
    first = _slot(layout, plane, 0)
    clear(b, first, first + 2 * layout[2])


@kernel(fastmath=True)
def _relax_black(layout: Int64, scales: Scales, black: Diagonal, red: Float32, b: Float32, plane: int) -> None:
    """Set the black potentials of a plane of the ring; those beyond the last plane are zero."""
    if plane == layout[0]:
        _clear(layout, b, plane)
        return
    for parity in range(2):
        i, to = np.uint64(start_of(layout, plane, parity)), np.uint64(_slot(layout, plane, parity))
        _mean(scales, black, i, b, to, red, around(layout, plane, parity, 1), np.uint64(layout[4]))


@kernel(fastmath=True)
def _inverse(degree: np.number) -> np.float32:
    return np.float32(1) / np.float32(degree) if degree > 0 else np.float32(0)


@kernel(fastmath=True)
def _sum(scales: Scales, values: Float32, of: Around, k: Place) -> np.float32:
    """Sum over the neighbours of voxel ``k`` of a block."""
    a, b, c = values[of[0] + k], values[of[2] + k], values[of[4] + k]
    d, e, f = values[of[1] + k], values[of[3] + k], values[of[5] + k]
    if scales is None:
        total: np.float32 = a + d + b + e + c + f
    else:
        total = scales[0] * (a + d) + scales[1] * (b + e) + scales[2] * (c + f)
    return total


@kernel(fastmath=True)
def _combine(p: Float32, z: Float32, first: Place, last: Place, beta: np.float32) -> None:
    for i in range(first, last):
        p[i] = z[i] + beta * p[i]


@kernel(fastmath=True)
def _advance(u: Float32, p: Float32, first: Place, last: Place, alpha: np.float32) -> None:
    for i in range(first, last):
        u[i] += alpha * p[i]


@kernel(fastmath=True)
def _scale(degree: Diagonal, z: Float32, r: Float32, first: Place, last: Place, damping: np.float32) -> None:
    for i in range(first, last):
        z[i] = damping * _inverse(degree[i]) * r[i]


@kernel(fastmath=True)
def _prolong(degree: Diagonal, z: Float32, i: Place, correction: Float32, used: Place) -> None:
    for k in range(used):
        z[i + k] += correction[k] if degree[i + k] > 0 else np.float32(0)


@kernel(fastmath=True)
def _mean(
    scales: Scales, degree: Diagonal, i: Place, b: Float32, to: Place, red: Float32, of: Around, used: Place
) -> None:
    for k in range(used):
        b[to + k] = _inverse(degree[i + k]) * _sum(scales, red, of, k)


@kernel(fastmath=True)
def _settle(
    scales: Scales,
    degree: Diagonal,
    b: Float32,
    i: Place,
    source: NDArray[np.number],
    red: Float32,
    of: Around,
    used: Place,
) -> None:
    for k in range(used):
        b[i + k] = _inverse(degree[i + k]) * (np.float32(source[i + k]) + _sum(scales, red, of, k))


@kernel(fastmath=True)
def _operate(
    scales: Scales, degree: Diagonal, p: Float32, q: Float32, i: Place, b: Float32, of: Around, used: Place
) -> np.float32:
    product = np.float32(0)
    for k in range(used):
        value = np.float32(degree[i + k]) * p[i + k]
        value -= _sum(scales, b, of, k) if degree[i + k] > 0 else np.float32(0)
        q[i + k] = value
        product += value * p[i + k]
    return product


@kernel(fastmath=True)
def _restrict(
    scales: Scales,
    degree: Diagonal,
    out: Float32,
    r: Float32,
    i: Place,
    share: np.float32,
    b: Float32,
    of: Around,
    used: Place,
) -> None:
    for k in range(used):
        out[k] += share * r[i + k] + (_sum(scales, b, of, k) if degree[i + k] > 0 else np.float32(0))


@kernel(fastmath=True)
def _pass_on(scales: Scales, degree: Diagonal, r: Float32, i: Place, b: Float32, of: Around, used: Place) -> None:
    for k in range(used):
        r[i + k] += _sum(scales, b, of, k) if degree[i + k] > 0 else np.float32(0)


@kernel(fastmath=True)
def _smooth(
    scales: Scales,
    degree: Diagonal,
    z: Float32,
    r: Float32,
    i: Place,
    damping: np.float32,
    b: Float32,
    of: Around,
    used: Place,
) -> np.float32:
    product = np.float32(0)
    keep = np.float32(1) - damping
    for k in range(used):
        value = keep * z[i + k]
        value += damping * _inverse(degree[i + k]) * (r[i + k] + _sum(scales, b, of, k))
        z[i + k] = value
        product += value * r[i + k]
    return product
