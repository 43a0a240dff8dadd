"""Places of the neighbours of a block of cells, on the layout of two colours.

Kernels take whole arrays and places in them, not slices: those cost the compiler more than the loops. Places are
unsigned, so that no loop asks whether one counts from the end. ``layout`` is that of ``Layout.numbers``.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from .....array_types import Float32, Int64
from ..compile import kernel

Place: TypeAlias = np.uint64 | int
"""A place in an array, or a number of them: uint64 in a kernel, where ``range`` counts in the type of its end."""
Around: TypeAlias = tuple[Place, Place, Place, Place, Place, Place]
"""First neighbours of a block: z - 1, z + 1, y - 1, y + 1, the cell of the other colour at the same place, the other along x."""


@kernel
def clear(values: Float32, first: int, last: int) -> None:
    """Set a stretch of an array to zero."""
    for i in range(np.uint64(first), np.uint64(last)):
        values[i] = 0


@kernel
def start_of(layout: Int64, plane: int, parity: int) -> int:
    """Place of the first cell of a block."""
    place: int = layout[1] + (2 * (plane + 1) + parity) * layout[2]
    return place


@kernel
def beside(layout: Int64, before: int, here: int, after: int, plane: int, parity: int, colour: int) -> Around:
    """The neighbours of a block of red (0) or black (1) cells, which start ``here`` in their plane and in those next to it."""
    block, pitch = layout[2], layout[3]
    low = here + (block - pitch if parity == 0 else -block)
    side = here - 1 + 2 * ((plane + parity + colour) % 2)
    return (
        np.uint64(before),
        np.uint64(after),
        np.uint64(low),
        np.uint64(low + pitch),
        np.uint64(here),
        np.uint64(side),
    )


@kernel
def around(layout: Int64, plane: int, parity: int, colour: int) -> Around:
    """The neighbours of a block of red (0) or black (1) cells in an array of the other colour."""
    here, apart = start_of(layout, plane, parity), 2 * layout[2]
    return beside(layout, here - apart, here, here + apart, plane, parity, colour)


@kernel
def towards(around: Around, size: int, colour: int) -> Around:
    """Where the conductances of a block towards its neighbours start in those of the red cells, six arrays of ``size``.

    A red cell keeps its six conductances, so those of a black one come from its neighbours' side.
    """
    length, here = np.uint64(size), around[4]
    one, two, three, four, five = (
        length,
        length + length,
        length * np.uint64(3),
        length * np.uint64(4),
        length * np.uint64(5),
    )
    if colour == 0:
        return (here, one + here, two + here, three + here, four + here, five + here)
    return (one + around[0], around[1], three + around[2], two + around[3], four + here, five + around[5])


@kernel
def moved(around: Around, offset: int) -> Around:
    """The same places further on."""
    by = np.uint64(offset)
    return (around[0] + by, around[1] + by, around[2] + by, around[3] + by, around[4] + by, around[5] + by)


@kernel(fastmath=True)
def weighed(weights: Float32, at: Around, values: Float32, of: Around, k: Place) -> np.float32:
    """Sum over the neighbours of cell ``k`` of a block of conductance times value."""
    total: np.float32 = (
        weights[at[0] + k] * values[of[0] + k]
        + weights[at[1] + k] * values[of[1] + k]
        + weights[at[2] + k] * values[of[2] + k]
        + weights[at[3] + k] * values[of[3] + k]
        + weights[at[4] + k] * values[of[4] + k]
        + weights[at[5] + k] * values[of[5] + k]
    )
    return total
