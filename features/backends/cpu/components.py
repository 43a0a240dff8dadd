"""Connected components from runs: rows become runs, touching runs one set, and no label volume is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....array_types import Int32, Int64, UInt64
from ..protocol import Components
from .compile import kernel
from .pairs import ones, pack

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Runs:
    """Runs along the last axis, row by row: run i of row r covers ``start[i]:stop[i]``, ``first[r] <= i < first[r + 1]``."""

    first: Int64
    start: Int32
    stop: Int32
    component: Int32


def components(mask: NDArray[np.bool_]) -> Components:
    """Face-connected components of a mask, numbered in the order of their first voxels."""
    rows = pack(mask)
    rows = rows.reshape(-1, rows.shape[2])
    first = np.zeros(len(rows) + 1, np.int64)
    _count_runs(rows, first)
    total = int(first[-1])
    start, stop, parent = (np.empty(total, np.int32) for _ in range(3))
    _find_runs(rows, mask.shape[2], first, start, stop)
    number = _join_runs(mask.shape, first, start, stop, parent)
    sizes, faces = np.zeros(number, np.int64), np.zeros(number, np.uint8)
    _measure(mask.shape, first, start, stop, parent, sizes, faces)
    return Components(sizes, faces, Runs(first, start, stop, parent))


def select(mask: NDArray[np.bool_], components: Components, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The voxels in the components to keep, read-only."""
    if keep.all():
        return mask
    # whichever is less to write
    mostly = 2 * int(components.sizes[keep].sum()) > int(components.sizes.sum())
    chosen = mask.copy() if mostly else np.zeros(mask.shape, np.bool_)
    runs: Runs = components.labels
    written = ~keep if mostly else keep
    _paint(chosen.reshape(-1, mask.shape[2]), runs.first, runs.start, runs.stop, runs.component, written, not mostly)
    chosen.flags.writeable = False
    return chosen


def sides(shape: tuple[int, ...], components: Components, axis: int) -> tuple[Int64, Int64]:
    """The number of the component of each voxel of the low and the high side of an axis, -1 outside; int64, 2D."""
    runs: Runs = components.labels
    across = shape[:axis] + shape[axis + 1 :]
    low, high = np.full(across, -1, np.int64), np.full(across, -1, np.int64)
    for side, out in enumerate((low, high)):
        _paint_side(shape, runs.first, runs.start, runs.stop, runs.component, axis, side, out)
    return low, high


def contacts(mask: NDArray[np.bool_], components: Components) -> Int64:
    """int64[pairs, 2]: numbers of components, the smaller first, that meet along edges or corners of voxels; sorted."""
    runs: Runs = components.labels
    known = (mask.shape, runs.first, runs.start, runs.stop, runs.component)
    found = np.empty((_meet(*known, np.empty((0, 2), np.int32)), 2), np.int32)
    _meet(*known, found)
    return np.unique(found.astype(np.int64), axis=0)


@kernel
def _meet(shape: tuple[int, ...], first: Int64, start: Int32, stop: Int32, component: Int32, pairs: Int32) -> int:
    """Number of places where runs of two components meet aslant; noted in ``pairs`` as far as it has room."""
    depth, height = shape[0], shape[1]
    number = 0
    for row in range(depth * height):
        z, y = row // height, row % height
        for way in range(4):
            # the rows beside and above it: (0, 1), (1, -1), (1, 0), (1, 1)
            dz = np.int64(way > 0)
            dy = way - 2 if way > 0 else 1
            if z + dz >= depth or not 0 <= y + dy < height:
                continue
            other = row + dz * height + dy
            i, j = first[row], first[other]
            while i < first[row + 1] and j < first[other + 1]:
                # one voxel further than where they would touch
                if start[i] <= stop[j] and start[j] <= stop[i] and component[i] != component[j]:
                    if number < len(pairs):
                        pairs[number, 0] = min(component[i], component[j])
                        pairs[number, 1] = max(component[i], component[j])
                    number += 1
                if stop[i] < stop[j]:
                    i += 1
                else:
                    j += 1
    return number


@kernel
def _count_runs(rows: UInt64, first: Int64) -> None:
    for i in range(rows.shape[0]):
        runs, before = np.uint64(0), np.uint64(0)
        for j in range(rows.shape[1]):
            runs += ones(rows[i, j] & ~(rows[i, j] << np.uint64(1) | before))
            before = rows[i, j] >> np.uint64(63)
        first[i + 1] = first[i] + np.int64(runs)


@kernel
def _find_runs(rows: UInt64, width: int, first: Int64, start: Int32, stop: Int32) -> None:
    one = np.uint64(1)
    for i in range(rows.shape[0]):
        run, inside, before = first[i], False, np.uint64(0)
        for j in range(rows.shape[1]):
            # set where a voxel differs from the one before it
            ends = rows[i, j] ^ (rows[i, j] << one | before)
            before = rows[i, j] >> np.uint64(63)
            while ends:
                x = 64 * j + np.int64(ones((ends - one) & ~ends))
                if inside:
                    stop[run] = x
                    run += 1
                else:
                    start[run] = x
                inside = not inside
                ends &= ends - one
        if inside:
            stop[run] = width


@kernel
def _root(parent: Int32, run: int) -> int:
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = parent[run]
    return run


@kernel
def _join_rows(first: Int64, start: Int32, stop: Int32, parent: Int32, row: int, other: int) -> None:
    """Unite the runs of two neighbouring rows that share an x."""
    i, j = first[row], first[other]
    end, other_end = first[row + 1], first[other + 1]
    while i < end and j < other_end:
        # most are joined already, by the runs beside them
        if start[i] < stop[j] and start[j] < stop[i] and parent[i] != parent[j]:
            a, b = _root(parent, i), _root(parent, j)
            parent[max(a, b)] = min(a, b)
            parent[i] = parent[j] = min(a, b)
        # sums instead of branches, which nobody could foresee
        stop_i, stop_j = stop[i], stop[j]
        i += stop_i <= stop_j
        j += stop_j <= stop_i


@kernel
def _join_runs(shape: tuple[int, ...], first: Int64, start: Int32, stop: Int32, parent: Int32) -> int:
    """Fill ``parent`` with the number of each run's component; returns how many there are."""
    height = shape[1]
    for run in range(len(parent)):
        parent[run] = run
    for row in range(len(first) - 1):
        if row % height:
            _join_rows(first, start, stop, parent, row, row - 1)
        if row >= height:
            _join_rows(first, start, stop, parent, row, row - height)
    number = 0
    for run in range(len(parent)):
        # roots are the smallest of their set, so a run's root has its number already
        if parent[run] == run:
            parent[run] = number
            number += 1
        else:
            parent[run] = parent[parent[run]]
    return number


@kernel
def _measure(
    shape: tuple[int, ...],
    first: Int64,
    start: Int32,
    stop: Int32,
    component: Int32,
    sizes: Int64,
    faces: NDArray[np.uint8],
) -> None:
    depth, height, width = shape[0], shape[1], shape[2]
    for row in range(len(first) - 1):
        z, y = row // height, row % height
        side = (z == 0) | (z == depth - 1) << 1 | (y == 0) << 2 | (y == height - 1) << 3
        for run in range(first[row], first[row + 1]):
            number = component[run]
            sizes[number] += stop[run] - start[run]
            faces[number] |= np.uint8(side | (start[run] == 0) << 4 | (stop[run] == width) << 5)


@kernel
def _paint(
    rows: NDArray[np.bool_],
    first: Int64,
    start: Int32,
    stop: Int32,
    component: Int32,
    chosen: NDArray[np.bool_],
    value: bool,  # noqa: FBT001  a kernel takes no keywords
) -> None:
    for i in range(rows.shape[0]):
        for run in range(first[i], first[i + 1]):
            if chosen[component[run]]:
                for x in range(start[run], stop[run]):
                    rows[i, x] = value


@kernel
def _paint_side(
    shape: tuple[int, ...],
    first: Int64,
    start: Int32,
    stop: Int32,
    component: Int32,
    axis: int,
    side: int,
    out: Int64,
) -> None:
    planes, height, width = shape[0], shape[1], shape[2]
    for z in range(planes):
        for y in range(height):
            row = z * height + y
            if axis == 0 and z != side * (planes - 1):
                continue
            if axis == 1 and y != side * (height - 1):
                continue
            for run in range(first[row], first[row + 1]):
                if axis == 0:
                    out[y, start[run] : stop[run]] = component[run]
                elif axis == 1:
                    out[z, start[run] : stop[run]] = component[run]
                elif (side == 0 and start[run] == 0) or (side == 1 and stop[run] == width):
                    out[z, y] = component[run]
