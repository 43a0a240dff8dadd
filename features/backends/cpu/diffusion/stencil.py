"""Sums over the neighbours of cells that are joined by unequal conductances, on the layout of two colours.

A red cell keeps its six conductances, so those of a black one come from its neighbours' side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....array_types import Float32
from ..compile import kernel

if TYPE_CHECKING:
    from .layout import Geometry


@kernel(fastmath=True)
def red_sum(geometry: Geometry, w: Float32, black: Float32, out: Float32, plane: int, parity: int) -> None:
    """Sum conductance times potential over the black neighbours of one block of red cells."""
    _, lead, block, pitch, used = geometry
    i = lead + (2 * (plane + 1) + parity) * block
    low = i + (block - pitch if parity == 0 else -block)
    side = i - 1 if (plane + parity) % 2 == 0 else i + 1
    before, after, high = i - 2 * block, i + 2 * block, low + pitch
    _weigh(
        out,
        w[0, i : i + used],
        w[1, i : i + used],
        w[2, i : i + used],
        w[3, i : i + used],
        w[4, i : i + used],
        w[5, i : i + used],
        black[before : before + used],
        black[after : after + used],
        black[low : low + used],
        black[high : high + used],
        black[i : i + used],
        black[side : side + used],
    )


@kernel(fastmath=True)
def black_sum(geometry: Geometry, w: Float32, red: Float32, out: Float32, plane: int, parity: int) -> None:
    """Sum conductance times potential over the red neighbours of one block of black cells."""
    _, lead, block, pitch, used = geometry
    i = lead + (2 * (plane + 1) + parity) * block
    low = i + (block - pitch if parity == 0 else -block)
    side = i + 1 if (plane + parity) % 2 == 0 else i - 1
    before, after, high = i - 2 * block, i + 2 * block, low + pitch
    _weigh(
        out,
        w[1, before : before + used],
        w[0, after : after + used],
        w[3, low : low + used],
        w[2, high : high + used],
        w[4, i : i + used],
        w[5, side : side + used],
        red[before : before + used],
        red[after : after + used],
        red[low : low + used],
        red[high : high + used],
        red[i : i + used],
        red[side : side + used],
    )


@kernel(fastmath=True)
def _weigh(
    out: Float32,
    w0: Float32,
    w1: Float32,
    w2: Float32,
    w3: Float32,
    w4: Float32,
    w5: Float32,
    a: Float32,
    b: Float32,
    c: Float32,
    d: Float32,
    e: Float32,
    f: Float32,
) -> None:
    for i in range(out.size):
        out[i] = w0[i] * a[i] + w1[i] * b[i] + w2[i] * c[i] + w3[i] * d[i] + w4[i] * e[i] + w5[i] * f[i]
