"""The widest ways in: for each voxel the radius of the largest ball that reaches it from a face.

Each voxel climbs, step by step to the neighbour with the largest squared distance, to a summit, and never passes a place narrower than
its own: so its width is its own squared distance or that of its summit, whichever is smaller. What is left is a graph of the
summits, joined where those that climb to them meet, at the wider of the two voxels' narrower ends. The passes are opened from the widest
on (Kruskal); each that joins two parts is a link of a tree, along which the widths from all six faces follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....array_types import Int32, Int64
from .compile import kernel
from .distance import whole

if TYPE_CHECKING:
    from ....array_types import Float32
    from .distance import Whole


@dataclass(frozen=True)
class Ways:
    """The widest ways into a phase from the six faces of a volume."""

    summit: Int32
    """[z, y, x]: number of the summit of each voxel, -1 outside the phase."""
    widths: Int32
    """[2 axis + side, summit]: squared radius of the largest ball that reaches each summit from a face, 0 for none."""
    passing: tuple[int, int, int]
    """Squared radius of the largest ball that passes from face to face of each axis, 0 for none."""


def bottleneck_map(squared_distance: Whole | Float32, axis: int, side: int) -> Whole:
    """The largest over face-connected paths from a face of their smallest squared distance; 0 where none leads.

    ``squared_distance`` holds whole numbers, 0 outside the phase, or is infinite where there is no wall, and
    then no way has a width; the result is read-only.
    """
    squared = whole(squared_distance)
    ways = widest_ways(squared)
    result = np.empty_like(squared)
    narrowed(squared, ways.summit, ways.widths[2 * axis + side], result)
    result.flags.writeable = False
    return result


def bottlenecks(squared_distance: Whole | Float32) -> tuple[int, int, int]:
    """Squared radius of the largest ball that passes from face to face of each axis, 0 for none."""
    return widest_ways(whole(squared_distance)).passing


def widest_ways(squared: Whole) -> Ways:
    """The widest ways in from all faces through squared distances, 0 outside the phase."""
    summit = np.empty(squared.shape, np.int32)
    number = _climb(squared, summit)
    counts = np.zeros(int(squared.max()) + 1, np.int64)
    entries = np.zeros((6, number), np.int32)
    _count_passes(squared, summit, counts, entries)
    one, other, width = (np.empty(int(counts.sum()), np.int32) for _ in range(3))
    _list_passes(squared, summit, counts, one, other, width)
    widths = entries.copy()
    _open_passes(one, other, width, widths)
    passing = [int(np.minimum(widths[2 * axis], entries[2 * axis + 1]).max(initial=0)) for axis in range(3)]
    return Ways(summit, widths, (passing[0], passing[1], passing[2]))


@kernel
def narrowed(squared: Whole, summit: Int32, widths: Int32, out: Whole) -> None:
    """Fill ``out`` with the width of the way to each voxel, from those of the ways to the summits."""
    depth, height, width = squared.shape
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                number = summit[z, y, x]
                out[z, y, x] = min(np.int32(squared[z, y, x]), widths[number]) if number >= 0 else 0


@kernel
def _climb(squared: Whole, summit: Int32) -> int:
    """Number the summits, in ``summit`` at each voxel that climbs to it, -1 elsewhere; returns how many there are."""
    depth, height, width = squared.shape
    values, next_ = squared.reshape(-1), summit.reshape(-1)
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                place = (z * height + y) * width + x
                own = np.int32(values[place])
                best, where = own, place
                # among equals to the one that comes first, so that nobody climbs in circles
                if z > 0 and values[place - height * width] >= best:
                    best, where = np.int32(values[place - height * width]), place - height * width
                if y > 0 and values[place - width] > best - (where == place):
                    best, where = np.int32(values[place - width]), place - width
                if x > 0 and values[place - 1] > best - (where == place):
                    best, where = np.int32(values[place - 1]), place - 1
                if x + 1 < width and values[place + 1] > best:
                    best, where = np.int32(values[place + 1]), place + 1
                if y + 1 < height and values[place + width] > best:
                    best, where = np.int32(values[place + width]), place + width
                if z + 1 < depth and values[place + height * width] > best:
                    best, where = np.int32(values[place + height * width]), place + height * width
                # those before have climbed already
                next_[place] = -1 if own == 0 else (next_[where] if where < place else where)
    number = 0
    for place in range(len(next_)):
        if next_[place] == place:
            next_[place] = -2 - number
            number += 1
    for place in range(len(next_)):
        if next_[place] >= 0:
            top = next_[place]
            while next_[top] >= 0:
                top = next_[top]
            found, here = next_[top], place
            while next_[here] >= 0:
                following = next_[here]
                next_[here] = found
                here = following
    for place in range(len(next_)):
        next_[place] = -2 - next_[place] if next_[place] < -1 else -1
    return number


@kernel
def _count_passes(squared: Whole, summit: Int32, counts: Int64, entries: Int32) -> None:
    """Count the passes between neighbours of different summits by their width; ``entries`` <- the widest way from each face straight into each."""
    depth, height, width = squared.shape
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                here = summit[z, y, x]
                if here < 0:
                    continue
                own = np.int32(squared[z, y, x])
                if x + 1 < width and summit[z, y, x + 1] != here and summit[z, y, x + 1] >= 0:
                    counts[min(own, np.int32(squared[z, y, x + 1]))] += 1
                if y + 1 < height and summit[z, y + 1, x] != here and summit[z, y + 1, x] >= 0:
                    counts[min(own, np.int32(squared[z, y + 1, x]))] += 1
                if z + 1 < depth and summit[z + 1, y, x] != here and summit[z + 1, y, x] >= 0:
                    counts[min(own, np.int32(squared[z + 1, y, x]))] += 1
                if z == 0:
                    entries[0, here] = max(entries[0, here], own)
                if z == depth - 1:
                    entries[1, here] = max(entries[1, here], own)
                if y == 0:
                    entries[2, here] = max(entries[2, here], own)
                if y == height - 1:
                    entries[3, here] = max(entries[3, here], own)
                if x == 0:
                    entries[4, here] = max(entries[4, here], own)
                if x == width - 1:
                    entries[5, here] = max(entries[5, here], own)


@kernel
def _list_passes(squared: Whole, summit: Int32, counts: Int64, one: Int32, other: Int32, widths: Int32) -> None:
    """The passes, the widest first: the summits on both sides, and the width."""
    depth, height, width = squared.shape
    place = np.empty(len(counts), np.int64)
    total = 0
    for size in range(len(counts) - 1, -1, -1):
        place[size] = total
        total += counts[size]
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                here = summit[z, y, x]
                if here < 0:
                    continue
                for axis in range(3):
                    there_z, there_y, there_x = z + (axis == 0), y + (axis == 1), x + (axis == 2)
                    if there_z < depth and there_y < height and there_x < width:
                        there = summit[there_z, there_y, there_x]
                        if there >= 0 and there != here:
                            size = min(squared[z, y, x], squared[there_z, there_y, there_x])
                            at = place[size]
                            one[at], other[at], widths[at] = here, there, size
                            place[size] += 1


@kernel
def _open_passes(one: Int32, other: Int32, width: Int32, widths: Int32) -> None:
    """Widen ``widths`` [face, summit], the ways straight in, to the widest over all passes, which come the widest first."""
    number = widths.shape[1]
    root = np.arange(number)
    joined, into, at = np.empty(number, np.int64), np.empty(number, np.int64), np.empty(number, np.int32)
    links = 0
    for i in range(len(one)):
        a, b = one[i], other[i]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a != b:
            root[b] = a
            joined[links], into[links], at[links] = b, a, width[i]
            links += 1
    for face in range(len(widths)):
        ways = widths[face]
        # a part that was joined to another is joined to nothing later: all that enters it has come by then
        for i in range(links):
            ways[into[i]] = max(ways[into[i]], min(ways[joined[i]], at[i]))
        for i in range(links - 1, -1, -1):
            ways[joined[i]] = max(ways[joined[i]], min(ways[into[i]], at[i]))
