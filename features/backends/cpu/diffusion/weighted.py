"""The sweeps of ``fine`` for voxels that are joined by unequal conductances, and across periodic sides.

The potential of a black voxel is the weighted mean of its neighbours', so black voxels are eliminated here too. Where
the planes are periodic the sweep begins with the last one and ends with the first; all black potentials are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel
from .halo import close
from .planes import get_plane, put_plane
from .stencil import around, clear, start_of, towards, weighed

if TYPE_CHECKING:
    from .stencil import Around, Place


@kernel(fastmath=True)
def apply(
    layout: Int64,
    weights: Float32,
    inverse_red: Float32,
    inverse_black: Float32,
    z: Float32,
    beta: float,
    p: Float32,
    q: Float32,
    b: Float32,
) -> float:
    """Set p to z + beta p and q to S p; returns p . q.

    weights: conductances of the red voxels, six arrays in one. inverses: of the diagonal. b is scratch. q and z may be
    the same array, here and in ``descend``.
    """
    planes, used = layout[0], np.uint64(layout[4])
    weight = np.float32(beta)
    turn = _turn(layout)
    product = 0.0
    for step in range(-turn, planes + 2):
        if step < planes - turn:
            red = step % planes
            first = start_of(layout, red, 0)
            _combine(p, z, np.uint64(first), np.uint64(first + 2 * layout[2]), weight)
            _close_red(layout, p, red)
        _relax_black(layout, weights, inverse_black, p, b, step - 1)
        for parity in range(2 if step > 1 else 0):
            i = np.uint64(start_of(layout, step - 2, parity))
            near = around(layout, step - 2, parity, 0)
            product += np.float64(_operate(weights, towards(near, layout[11], 0), inverse_red, p, q, i, b, near, used))
    return product


@kernel(fastmath=True)
def descend(
    layout: Int64,
    weights: Float32,
    inverse_red: Float32,
    inverse_black: Float32,
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
    turn = _turn(layout)
    for step in range(-turn, planes + 2):
        if step < planes - turn:
            red = step % planes
            start = start_of(layout, red, 0)
            first, last = np.uint64(start), np.uint64(start + 2 * layout[2])
            _advance(u, p, first, last, step_length)
            _advance(r, q, first, last, -step_length)
            _scale(inverse_red, z, r, first, last, damping)
            _close_red(layout, z, red)
        _relax_black(layout, weights, inverse_black, z, b, step - 1)
        if step > 1:
            plane = step - 2
            if plane % 2 == 0:
                clear(scratch, 0, scratch.size)
            for parity in range(2):
                i = np.uint64(start_of(layout, plane, parity))
                near = around(layout, plane, parity, 0)
                at = towards(near, layout[11], 0)
                _restrict(weights, at, inverse_red, scratch, r, i, np.float32(1) - damping, b, near, used)
            if plane % 2 == 1 or plane == planes - 1:
                put_plane(aggregates, source, scratch, plane // 2)


@kernel(fastmath=True)
def ascend(
    layout: Int64,
    weights: Float32,
    inverse_red: Float32,
    inverse_black: Float32,
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
    turn = _turn(layout)
    product = 0.0
    for step in range(-turn, planes + 2):
        if step < planes - turn:
            red = step % planes
            if red % 2 == 0:
                get_plane(aggregates, correction, scratch, red // 2)
            for parity in range(2):
                _prolong(inverse_red, z, np.uint64(start_of(layout, red, parity)), scratch, used)
            _close_red(layout, z, red)
        _relax_black(layout, weights, inverse_black, z, b, step - 1)
        for parity in range(2 if step > 1 else 0):
            i = np.uint64(start_of(layout, step - 2, parity))
            near = around(layout, step - 2, parity, 0)
            at = towards(near, layout[11], 0)
            product += np.float64(_smooth(weights, at, inverse_red, z, r, i, damping, b, near, used))
    return product


@kernel(fastmath=True)
def begin(
    layout: Int64,
    weights: Float32,
    inverse_red: Float32,
    inverse_black: Float32,
    source: Float32,
    b: Float32,
    r: Float32,
) -> None:
    """Add to r what the black voxels pass on of their source; b is scratch."""
    for n in range(source.size):
        b[n] = inverse_black[n] * source[n]
    for plane in range(layout[0]):
        close(layout, b, 0, 1, plane)
    for plane in range(layout[0]):
        for parity in range(2):
            i = np.uint64(start_of(layout, plane, parity))
            near = around(layout, plane, parity, 0)
            _pass_on(weights, towards(near, layout[11], 0), inverse_red, r, i, b, near, np.uint64(layout[4]))


@kernel(fastmath=True)
def finish(layout: Int64, weights: Float32, inverse_black: Float32, source: Float32, u: Float32, b: Float32) -> None:
    """Set the black potentials b to what follows from the red ones u and their source."""
    for plane in range(layout[0]):
        close(layout, u, 0, 0, plane)
    for plane in range(-1, layout[0]):
        _relax_black(layout, weights, inverse_black, u, b, plane)
    for i in range(source.size):
        b[i] += inverse_black[i] * source[i]


@kernel
def _turn(layout: Int64) -> int:
    """Planes with which a sweep begins before the first: the last two where they lie before it."""
    return 2 if layout[7] else 0


@kernel
def _close_red(layout: Int64, values: Float32, plane: int) -> None:
    close(layout, values, 0, 0, plane)
    # the padding behind a plane holds copies of the next, and that of these two came first
    if layout[7] and plane == layout[0] - 3:
        close(layout, values, 0, 0, plane + 1)


@kernel(fastmath=True)
def _relax_black(layout: Int64, weights: Float32, inverse: Float32, red: Float32, black: Float32, plane: int) -> None:
    """Relax a plane of black voxels, the last one where it lies before the first."""
    planes = layout[0]
    if layout[7] and plane == -1:
        plane = planes - 1
    elif not 0 <= plane < planes - (1 if layout[7] else 0):
        return
    for parity in range(2):
        i = np.uint64(start_of(layout, plane, parity))
        near = around(layout, plane, parity, 1)
        _mean(weights, towards(near, layout[11], 1), inverse, black, i, red, near, np.uint64(layout[4]))
    close(layout, black, 0, 1, plane)


@kernel(fastmath=True)
def _combine(p: Float32, z: Float32, first: Place, last: Place, beta: np.float32) -> None:
    for i in range(first, last):
        p[i] = z[i] + beta * p[i]


@kernel(fastmath=True)
def _advance(u: Float32, p: Float32, first: Place, last: Place, alpha: np.float32) -> None:
    for i in range(first, last):
        u[i] += alpha * p[i]


@kernel(fastmath=True)
def _scale(inverse: Float32, z: Float32, r: Float32, first: Place, last: Place, damping: np.float32) -> None:
    for i in range(first, last):
        z[i] = damping * inverse[i] * r[i]


@kernel(fastmath=True)
def _prolong(inverse: Float32, z: Float32, i: Place, correction: Float32, used: Place) -> None:
    for k in range(used):
        z[i + k] += correction[k] if inverse[i + k] > 0 else np.float32(0)


@kernel(fastmath=True)
def _mean(
    weights: Float32,
    at: Around,
    inverse: Float32,
    b: Float32,
    i: Place,
    red: Float32,
    of: Around,
    used: Place,
) -> None:
    for k in range(used):
        b[i + k] = inverse[i + k] * weighed(weights, at, red, of, k)


@kernel(fastmath=True)
def _operate(
    weights: Float32,
    at: Around,
    inverse: Float32,
    p: Float32,
    q: Float32,
    i: Place,
    b: Float32,
    of: Around,
    used: Place,
) -> np.float32:
    product = np.float32(0)
    for k in range(used):
        share = inverse[i + k]
        value = p[i + k] / share - weighed(weights, at, b, of, k) if share > 0 else np.float32(0)
        q[i + k] = value
        product += value * p[i + k]
    return product


@kernel(fastmath=True)
def _restrict(
    weights: Float32,
    at: Around,
    inverse: Float32,
    out: Float32,
    r: Float32,
    i: Place,
    share: np.float32,
    b: Float32,
    of: Around,
    used: Place,
) -> None:
    for k in range(used):
        out[k] += share * r[i + k] + (weighed(weights, at, b, of, k) if inverse[i + k] > 0 else np.float32(0))


@kernel(fastmath=True)
def _pass_on(
    weights: Float32,
    at: Around,
    inverse: Float32,
    r: Float32,
    i: Place,
    b: Float32,
    of: Around,
    used: Place,
) -> None:
    for k in range(used):
        r[i + k] += weighed(weights, at, b, of, k) if inverse[i + k] > 0 else np.float32(0)


@kernel(fastmath=True)
def _smooth(
    weights: Float32,
    at: Around,
    inverse: Float32,
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
        value = keep * z[i + k] + damping * inverse[i + k] * (r[i + k] + weighed(weights, at, b, of, k))
        z[i + k] = value
        product += value * r[i + k]
    return product
