"""The sweeps of the conjugate gradients over the voxels, each one pass through memory.

The potential of a black voxel is the mean of its neighbours', so black voxels are eliminated: the
system that is iterated on is that of the red ones, S = D_r - N D_b^-1 N^T, half as long and as well
conditioned as after a Gauss-Seidel sweep. Every sweep runs through the planes once and lets the
black plane lag one, the red results two planes behind, so that planes are still in the cache when
they are needed again. State is float32; sums are taken in float32 within a block of a plane and in
float64 between blocks. Arrays are laid out as ``layout`` says and are zero in the solid.

``scales`` are the conductances of a face across z, y, x, or None where all are 1: then the loops are compiled without
them.
"""
# ruff: noqa: PLR2004  the aggregates are 2 x 2 x 2

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .....array_types import Float32
from ..compile import kernel

if TYPE_CHECKING:
    from .layout import Geometry, Scales


SMOOTHING = 1.2
"""Damping of the Jacobi steps on S: its eigenvalues, scaled by the diagonal, lie in (0, 1]."""


@kernel(fastmath=True)
def apply(
    geometry: Geometry,
    scales: Scales,
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
    planes, lead, block, pitch, used = geometry
    weight = np.float32(beta)
    product = 0.0
    for step in range(planes + 2):
        if step < planes:
            i = lead + 2 * (step + 1) * block
            _combine(p[i : i + 2 * block], z[i : i + 2 * block], weight)
        if 0 < step <= planes:
            _relax_black(geometry, scales, inverse, p, b, step - 1)
        if step >= 2:
            plane = step - 2
            for parity in range(2):
                i = lead + (2 * (plane + 1) + parity) * block
                low = i + (block - pitch if parity == 0 else -block)
                side = i - 1 if (plane + parity) % 2 == 0 else i + 1
                product += np.float64(
                    _operate(
                        scales,
                        q[i : i + used],
                        p[i : i + used],
                        degree[i : i + used],
                        b[i - 2 * block : i - 2 * block + used],
                        b[i + 2 * block : i + 2 * block + used],
                        b[low : low + used],
                        b[low + pitch : low + pitch + used],
                        b[i : i + used],
                        b[side : side + used],
                    )
                )
    return product


@kernel(fastmath=True)
def descend(
    geometry: Geometry,
    scales: Scales,
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
    planes, lead, block, pitch, used = geometry
    step_length, damping = np.float32(alpha), np.float32(smoothing)
    coarse[:] = 0
    for step in range(planes + 2):
        if step < planes:
            i = lead + 2 * (step + 1) * block
            j = i + 2 * block
            _advance(u[i:j], p[i:j], step_length)
            _advance(r[i:j], q[i:j], -step_length)
            _scale(z[i:j], r[i:j], inverse_red[i:j], damping)
        if 0 < step <= planes:
            _relax_black(geometry, scales, inverse, z, b, step - 1)
        if step >= 2:
            plane = step - 2
            aggregate = coarse[plane // 2]
            for parity in range(2):
                i = lead + (2 * (plane + 1) + parity) * block
                low = i + (block - pitch if parity == 0 else -block)
                side = i - 1 if (plane + parity) % 2 == 0 else i + 1
                _restrict(
                    scales,
                    aggregate,
                    r[i : i + used],
                    inverse_red[i : i + used],
                    np.float32(1) - damping,
                    b[i - 2 * block : i - 2 * block + used],
                    b[i + 2 * block : i + 2 * block + used],
                    b[low : low + used],
                    b[low + pitch : low + pitch + used],
                    b[i : i + used],
                    b[side : side + used],
                )


@kernel(fastmath=True)
def ascend(
    geometry: Geometry,
    scales: Scales,
    inverse_red: Float32,
    inverse: Float32,
    smoothing: float,
    coarse: Float32,
    r: Float32,
    z: Float32,
    b: Float32,
) -> float:
    """Add the correction of the aggregates to z, then take one Jacobi step for S z = r; returns r . z."""
    planes, lead, block, pitch, used = geometry
    damping = np.float32(smoothing)
    product = 0.0
    for step in range(planes + 2):
        if step < planes:
            for parity in range(2):
                i = lead + (2 * (step + 1) + parity) * block
                _prolong(z[i : i + used], inverse_red[i : i + used], coarse[step // 2])
        if 0 < step <= planes:
            _relax_black(geometry, scales, inverse, z, b, step - 1)
        if step >= 2:
            plane = step - 2
            for parity in range(2):
                i = lead + (2 * (plane + 1) + parity) * block
                low = i + (block - pitch if parity == 0 else -block)
                side = i - 1 if (plane + parity) % 2 == 0 else i + 1
                product += np.float64(
                    _smooth(
                        scales,
                        z[i : i + used],
                        r[i : i + used],
                        inverse_red[i : i + used],
                        damping,
                        b[i - 2 * block : i - 2 * block + used],
                        b[i + 2 * block : i + 2 * block + used],
                        b[low : low + used],
                        b[low + pitch : low + pitch + used],
                        b[i : i + used],
                        b[side : side + used],
                    )
                )
    return product


@kernel(fastmath=True)
def advance(u: Float32, p: Float32, alpha: float) -> None:
    """Add alpha p to u."""
    _advance(u, p, np.float32(alpha))


@kernel(fastmath=True)
def relax_black(geometry: Geometry, scales: Scales, inverse: Float32, red: Float32, black: Float32) -> None:
    """Set each black potential to ``inverse`` times the sum of its red neighbours."""
    for plane in range(geometry[0]):
        _relax_black(geometry, scales, inverse, red, black, plane)


@kernel(fastmath=True)
def add_neighbours(geometry: Geometry, scales: Scales, inverse_red: Float32, black: Float32, red: Float32) -> None:
    """Add to each red voxel the sum of its black neighbours."""
    planes, lead, block, pitch, used = geometry
    for plane in range(planes):
        for parity in range(2):
            i = lead + (2 * (plane + 1) + parity) * block
            low = i + (block - pitch if parity == 0 else -block)
            side = i - 1 if (plane + parity) % 2 == 0 else i + 1
            _restrict(
                scales,
                red[i : i + used],
                red[i : i + used],
                inverse_red[i : i + used],
                np.float32(0),
                black[i - 2 * block : i - 2 * block + used],
                black[i + 2 * block : i + 2 * block + used],
                black[low : low + used],
                black[low + pitch : low + pitch + used],
                black[i : i + used],
                black[side : side + used],
            )


@kernel(fastmath=True)
def _relax_black(
    geometry: Geometry, scales: Scales, inverse: Float32, red: Float32, black: Float32, plane: int
) -> None:
    _, lead, block, pitch, used = geometry
    for parity in range(2):
        i = lead + (2 * (plane + 1) + parity) * block
        low = i + (block - pitch if parity == 0 else -block)
        side = i + 1 if (plane + parity) % 2 == 0 else i - 1
        _mean(
            scales,
            black[i : i + used],
            inverse[i : i + used],
            red[i - 2 * block : i - 2 * block + used],
            red[i + 2 * block : i + 2 * block + used],
            red[low : low + used],
            red[low + pitch : low + pitch + used],
            red[i : i + used],
            red[side : side + used],
        )


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
def _mean(
    scales: Scales,
    out: Float32,
    inverse: Float32,
    a: Float32,
    b: Float32,
    c: Float32,
    d: Float32,
    e: Float32,
    f: Float32,
) -> None:
    for i in range(out.size):
        if scales is None:
            total = a[i] + b[i] + c[i] + d[i] + e[i] + f[i]
        else:
            total = scales[0] * (a[i] + b[i]) + scales[1] * (c[i] + d[i]) + scales[2] * (e[i] + f[i])
        out[i] = inverse[i] * total


@kernel(fastmath=True)
def _operate(
    scales: Scales,
    q: Float32,
    p: Float32,
    degree: Float32,
    a: Float32,
    b: Float32,
    c: Float32,
    d: Float32,
    e: Float32,
    f: Float32,
) -> np.float32:
    product = np.float32(0)
    for i in range(q.size):
        if scales is None:
            total = a[i] + b[i] + c[i] + d[i] + e[i] + f[i]
        else:
            total = scales[0] * (a[i] + b[i]) + scales[1] * (c[i] + d[i]) + scales[2] * (e[i] + f[i])
        value = degree[i] * p[i] - (total if degree[i] > 0 else np.float32(0))
        q[i] = value
        product += value * p[i]
    return product


@kernel(fastmath=True)
def _restrict(
    scales: Scales,
    out: Float32,
    r: Float32,
    inverse: Float32,
    share: np.float32,
    a: Float32,
    b: Float32,
    c: Float32,
    d: Float32,
    e: Float32,
    f: Float32,
) -> None:
    for i in range(out.size):
        if scales is None:
            total = a[i] + b[i] + c[i] + d[i] + e[i] + f[i]
        else:
            total = scales[0] * (a[i] + b[i]) + scales[1] * (c[i] + d[i]) + scales[2] * (e[i] + f[i])
        out[i] += share * r[i] + (total if inverse[i] > 0 else np.float32(0))


@kernel(fastmath=True)
def _smooth(
    scales: Scales,
    z: Float32,
    r: Float32,
    inverse: Float32,
    damping: np.float32,
    a: Float32,
    b: Float32,
    c: Float32,
    d: Float32,
    e: Float32,
    f: Float32,
) -> np.float32:
    product = np.float32(0)
    keep = np.float32(1) - damping
    for i in range(z.size):
        if scales is None:
            total = a[i] + b[i] + c[i] + d[i] + e[i] + f[i]
        else:
            total = scales[0] * (a[i] + b[i]) + scales[1] * (c[i] + d[i]) + scales[2] * (e[i] + f[i])
        value = keep * z[i] + damping * inverse[i] * (r[i] + total)
        z[i] = value
        product += value * r[i]
    return product
