"""The sweeps of ``fine`` for voxels that are joined by unequal conductances, and across periodic sides.

The potential of a black voxel is the weighted mean of its neighbours', so black voxels are eliminated here too. Where
the planes are periodic the sweep begins with the last one and ends with the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32
from ..compile import kernel
from .halo import wrap_end, wrap_plane
from .stencil import black_sum, red_sum

if TYPE_CHECKING:
    from .layout import Geometry, Seams


@kernel(fastmath=True)
def apply(
    geometry: Geometry,
    seams: Seams,
    weights: Float32,
    degree: Float32,
    inverse: Float32,
    z: Float32,
    beta: float,
    p: Float32,
    q: Float32,
    b: Float32,
) -> float:
    """Set p to z + beta p and q to S p; returns p . q.

    ``inverse`` is that of the black diagonal, b is scratch. q and z may be the same array, here and in ``descend``.
    """
    planes, lead, block, _, used = geometry
    weight = np.float32(beta)
    row = np.empty(used, np.float32)
    # the last red plane lies before the first too, and the first red one waits for the last black one
    turn = 1 if seams[2] else 0
    product = 0.0
    for step in range(-turn, planes + 2 + turn):
        if step < planes - turn:
            red = step % planes
            i = lead + 2 * (red + 1) * block
            _combine(p[i : i + 2 * block], z[i : i + 2 * block], weight)
            _close(geometry, seams, p, 0, red)
            if turn and red == planes - 2:
                # the padding behind a plane holds the copies before the next
                _close(geometry, seams, p, 0, planes - 1)
        if 0 < step <= planes:
            _relax_black(geometry, seams, weights, inverse, p, b, step - 1)
        if step >= 2 + turn:
            plane = (step - 2) % planes
            for parity in range(2):
                i = lead + (2 * (plane + 1) + parity) * block
                red_sum(geometry, weights, b, row, plane, parity)
                product += np.float64(_operate(q[i : i + used], p[i : i + used], degree[i : i + used], row))
    return product


@kernel(fastmath=True)
def descend(
    geometry: Geometry,
    seams: Seams,
    weights: Float32,
    inverse_red: Float32,
    inverse: Float32,
    alpha: float,
    smoothing: float,
    p: Float32,
    q: Float32,
    u: Float32,
    r: Float32,
    z: Float32,
    b: Float32,
    coarse: Float32,
) -> None:
    """Add alpha p to u, subtract alpha q from r, and take one Jacobi step for S z = r from zero.

    ``coarse`` receives the residual of that step, summed over the aggregates.
    """
    planes, lead, block, _, used = geometry
    step_length, damping = np.float32(alpha), np.float32(smoothing)
    row = np.empty(used, np.float32)
    # the last red plane lies before the first too, and the first red one waits for the last black one
    turn = 1 if seams[2] else 0
    coarse[:] = 0
    for step in range(-turn, planes + 2 + turn):
        if step < planes - turn:
            red = step % planes
            i = lead + 2 * (red + 1) * block
            j = i + 2 * block
            _advance(u[i:j], p[i:j], step_length)
            _advance(r[i:j], q[i:j], -step_length)
            _scale(z[i:j], r[i:j], inverse_red[i:j], damping)
            _close(geometry, seams, z, 0, red)
            if turn and red == planes - 2:
                # the padding behind a plane holds the copies before the next
                _close(geometry, seams, z, 0, planes - 1)
        if 0 < step <= planes:
            _relax_black(geometry, seams, weights, inverse, z, b, step - 1)
        if step >= 2 + turn:
            plane = (step - 2) % planes
            for parity in range(2):
                i = lead + (2 * (plane + 1) + parity) * block
                red_sum(geometry, weights, b, row, plane, parity)
                _restrict(coarse[plane // 2], r[i : i + used], inverse_red[i : i + used], np.float32(1) - damping, row)


@kernel(fastmath=True)
def ascend(
    geometry: Geometry,
    seams: Seams,
    weights: Float32,
    inverse_red: Float32,
    inverse: Float32,
    smoothing: float,
    coarse: Float32,
    r: Float32,
    z: Float32,
    b: Float32,
) -> float:
    """Add the correction of the aggregates to z, then take one Jacobi step for S z = r; returns r . z."""
    planes, lead, block, _, used = geometry
    damping = np.float32(smoothing)
    row = np.empty(used, np.float32)
    # the last red plane lies before the first too, and the first red one waits for the last black one
    turn = 1 if seams[2] else 0
    product = 0.0
    for step in range(-turn, planes + 2 + turn):
        if step < planes - turn:
            red = step % planes
            for parity in range(2):
                i = lead + (2 * (red + 1) + parity) * block
                _prolong(z[i : i + used], inverse_red[i : i + used], coarse[red // 2])
            _close(geometry, seams, z, 0, red)
        if 0 < step <= planes:
            _relax_black(geometry, seams, weights, inverse, z, b, step - 1)
        if step >= 2 + turn:
            plane = (step - 2) % planes
            for parity in range(2):
                i = lead + (2 * (plane + 1) + parity) * block
                red_sum(geometry, weights, b, row, plane, parity)
                product += np.float64(
                    _smooth(z[i : i + used], r[i : i + used], inverse_red[i : i + used], damping, row)
                )
    return product


@kernel(fastmath=True)
def relax_black(
    geometry: Geometry, seams: Seams, weights: Float32, inverse: Float32, red: Float32, black: Float32
) -> None:
    """Set each black potential to ``inverse`` times the weighted sum of its red neighbours."""
    for plane in range(geometry[0]):
        _close(geometry, seams, red, 0, plane)
    for plane in range(geometry[0]):
        _relax_black(geometry, seams, weights, inverse, red, black, plane)


@kernel(fastmath=True)
def add_neighbours(
    geometry: Geometry, seams: Seams, weights: Float32, inverse_red: Float32, black: Float32, red: Float32
) -> None:
    """Add to each red voxel the weighted sum of its black neighbours."""
    planes, lead, block, _, used = geometry
    row = np.empty(used, np.float32)
    for plane in range(planes):
        _close(geometry, seams, black, 1, plane)
    for plane in range(planes):
        for parity in range(2):
            i = lead + (2 * (plane + 1) + parity) * block
            red_sum(geometry, weights, black, row, plane, parity)
            _prolong(red[i : i + used], inverse_red[i : i + used], row)


@kernel
def _close(geometry: Geometry, seams: Seams, values: Float32, colour: int, plane: int) -> None:
    """Copy what lies at the sides of a plane across those that are periodic."""
    if seams[3] or seams[4]:
        wrap_plane(geometry, seams, values, colour, plane)
    wrap_end(geometry, seams, values, plane)


@kernel(fastmath=True)
def _relax_black(
    geometry: Geometry, seams: Seams, weights: Float32, inverse: Float32, red: Float32, black: Float32, plane: int
) -> None:
    _, lead, block, _, used = geometry
    for parity in range(2):
        i = lead + (2 * (plane + 1) + parity) * block
        out = black[i : i + used]
        black_sum(geometry, weights, red, out, plane, parity)
        _multiply(out, inverse[i : i + used])
    _close(geometry, seams, black, 1, plane)


@kernel(fastmath=True)
def _multiply(x: Float32, inverse: Float32) -> None:
    for i in range(x.size):
        x[i] *= inverse[i]


@kernel(fastmath=True)
def _combine(p: Float32, z: Float32, beta: np.float32) -> None:
    for i in range(p.size):
        p[i] = z[i] + beta * p[i]


@kernel(fastmath=True)
def _advance(u: Float32, p: Float32, alpha: np.float32) -> None:
    for i in range(u.size):
        u[i] += alpha * p[i]


@kernel(fastmath=True)
def _scale(z: Float32, r: Float32, inverse: Float32, damping: np.float32) -> None:
    for i in range(z.size):
        z[i] = damping * inverse[i] * r[i]


@kernel(fastmath=True)
def _prolong(z: Float32, inverse: Float32, coarse: Float32) -> None:
    for i in range(z.size):
        z[i] += coarse[i] if inverse[i] > 0 else np.float32(0)


@kernel(fastmath=True)
def _operate(q: Float32, p: Float32, degree: Float32, total: Float32) -> np.float32:
    product = np.float32(0)
    for i in range(q.size):
        value = degree[i] * p[i] - (total[i] if degree[i] > 0 else np.float32(0))
        q[i] = value
        product += value * p[i]
    return product


@kernel(fastmath=True)
def _restrict(out: Float32, r: Float32, inverse: Float32, share: np.float32, total: Float32) -> None:
    for i in range(r.size):
        out[i] += share * r[i] + (total[i] if inverse[i] > 0 else np.float32(0))


@kernel(fastmath=True)
def _smooth(z: Float32, r: Float32, inverse: Float32, damping: np.float32, total: Float32) -> np.float32:
    product = np.float32(0)
    keep = np.float32(1) - damping
    for i in range(z.size):
        value = keep * z[i] + damping * inverse[i] * (r[i] + total[i])
        z[i] = value
        product += value * r[i]
    return product
