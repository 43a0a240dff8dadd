"""The widest ways in: for each voxel the radius of the largest ball that reaches it from a face.

Each voxel climbs, step by step to the neighbour with the largest squared distance, to a summit, and never passes a place narrower than
its own: so its width is its own squared distance or that of its summit, whichever is smaller. What is left is a graph of the
summits, joined where those that climb to them meet, at the wider of the two voxels' narrower ends. The passes are opened from the widest
on (Kruskal); each that joins two parts is a link of a tree, along which the widths from all six faces follow.
"""

from __future__ import annotations

import bisect
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....array_types import Int32
from .compile import kernel
from .components import components
from .distance import whole
from .levels import integer_histogram, largest_first

if TYPE_CHECKING:
    from ....array_types import Float32
    from .distance import Whole

_REMEMBERED = 1 << 16
"""Places for passes that were found before, by their summits."""


@dataclass(frozen=True)
class Ways:
    """The widest ways into a phase from the six faces of a volume."""

    summit: Int32
    """[z, y, x]: number of the summit of each voxel, from 1; 0 outside the phase."""
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
    ways, result = widest_ways(squared), np.empty_like(squared)
    narrowed(squared, ways.summit, ways.widths[2 * axis + side], result)
    result.flags.writeable = False
    return result


def bottlenecks(squared_distance: Whole | Float32) -> tuple[int, int, int]:
    """Squared radius of the largest ball that passes from face to face of each axis, 0 for none.

    Found by halving, which takes less than the ways do: what is at least so wide is joined for all axes at once.
    """
    squared = whole(squared_distance)
    sizes = np.flatnonzero(integer_histogram(squared))
    sizes = sizes[sizes > 0].tolist()

    @functools.cache
    def closed(size: int) -> tuple[bool, ...]:
        clusters = components(squared >= size)
        return tuple(not clusters.spans(axis).any() for axis in range(3))

    z, y, x = ([0, *sizes][bisect.bisect_left(sizes, 1, key=lambda size: closed(size)[axis])] for axis in range(3))
    return z, y, x


def widest_ways(squared: Whole) -> Ways:
    """The widest ways in from all faces through squared distances, 0 outside the phase."""
    summit = np.empty(squared.shape, np.int32)
    number = _climb(squared, summit)
    straight = np.stack([_straight_in(squared, summit, number, face) for face in range(6)])
    passes = _passes(squared, summit)
    widths = straight.copy()
    _open(passes, largest_first(passes[:, 2], int(squared.max())), widths)
    passing = [int(np.minimum(widths[2 * axis], straight[2 * axis + 1]).max()) for axis in range(3)]
    return Ways(summit, widths, (passing[0], passing[1], passing[2]))


def _straight_in(squared: Whole, summit: Int32, number: int, face: int) -> Int32:
    """int32[number + 1]: the largest ball that touches a face, of each summit."""
    layer = [np.moveaxis(volume, face // 2, 0)[-(face % 2)].ravel() for volume in (summit, squared)]
    widest = np.zeros(number + 1, np.int32)
    np.maximum.at(widest, layer[0], layer[1].astype(np.int32))
    return widest


@kernel
def narrowed(squared: Whole, summit: Int32, widths: Int32, out: Whole) -> None:
    """Fill ``out`` with the width of the way to each voxel, from those of the ways to the summits."""
    depth, height, width = squared.shape
    for z in range(depth):
        for y in range(height):
            for x in range(width):
                out[z, y, x] = min(np.int32(squared[z, y, x]), widths[np.uint32(summit[z, y, x])])


@kernel
def _climb(squared: Whole, summit: Int32) -> int:
    """Number the summits, in ``summit`` at each voxel that climbs to it, 0 outside; returns how many there are."""
    depth, height, width = squared.shape
    found, kind = summit.reshape(-1), squared.dtype.type
    here, best = np.zeros(width + 2, squared.dtype), np.empty(width, squared.dtype)
    way = np.empty(width, squared.dtype)
    layer = height * width
    steps = np.array([0, -layer, -width, -1, 1, width, layer])
    number = 0
    for row in range(depth * height):
        z, y = row // height, row % height
        for x in range(width):
            here[x + 1] = best[x] = squared[z, y, x]
            way[x] = 0
        # among equals to one that comes before, so that nobody climbs in circles
        if z > 0:
            for x in range(width):
                way[x] = kind(1) if squared[z - 1, y, x] >= best[x] else way[x]
                best[x] = max(best[x], squared[z - 1, y, x])
        if y > 0:
            for x in range(width):
                way[x] = kind(2) if squared[z, y - 1, x] >= best[x] else way[x]
                best[x] = max(best[x], squared[z, y - 1, x])
        for x in range(width):
            way[x] = kind(3) if here[x] >= best[x] else way[x]
            best[x] = max(best[x], here[x])
            way[x] = kind(4) if here[x + 2] > best[x] else way[x]
            best[x] = max(best[x], here[x + 2])
        if y + 1 < height:
            for x in range(width):
                way[x] = kind(5) if squared[z, y + 1, x] > best[x] else way[x]
                best[x] = max(best[x], squared[z, y + 1, x])
        if z + 1 < depth:
            for x in range(width):
                way[x] = kind(6) if squared[z + 1, y, x] > best[x] else way[x]
                best[x] = max(best[x], squared[z + 1, y, x])
        for x in range(width):
            place = row * width + x
            if here[x + 1] == 0:
                found[place] = 0
            elif way[x] == 0:
                number += 1
                found[place] = number
            else:
                # those before have climbed already; of those after it is noted where they are
                there = place + steps[way[x]]
                known = found[there]
                found[place] = known if there < place else np.int32(~there)
    # the last first: most lead to one that stands behind and knows its summit by then
    for i in range(len(found)):
        place = len(found) - 1 - i
        top = found[place]
        while top < 0:
            top = found[~top]
        found[place] = top
    return number


@kernel
def _passes(squared: Whole, summit: Int32) -> Int32:
    """int32[pass, 3]: two summits to which neighbouring voxels climb, and the greatest width between such; few come twice."""
    depth, height, width = squared.shape
    passes = np.empty((squared.size // 16 + 3 * width, 3), np.int32)
    beside, wanted = np.empty(width + 1, np.uint8), np.empty(width + 1, np.int64)
    latest = np.zeros(_REMEMBERED, np.int32)
    found = 0
    for z in range(depth):
        up = min(z + 1, depth - 1)
        for y in range(height):
            on = min(y + 1, height - 1)
            for x in range(width):
                here = summit[z, y, x]
                beside[x] = np.uint8(here != summit[up, y, x]) | np.uint8(here != summit[z, on, x])
            for x in range(width - 1):
                beside[x] |= np.uint8(summit[z, y, x] != summit[z, y, x + 1])
            number = np.int64(0)
            for x in range(width):
                wanted[number] = x
                number += np.int64(beside[x]) & np.int64(summit[z, y, x] > 0)
            if found + 3 * number > len(passes):
                more = np.empty((2 * len(passes) + 3 * width, 3), np.int32)
                for i in range(found):  # a slice would take three seconds to compile
                    more[i, 0], more[i, 1], more[i, 2] = passes[i, 0], passes[i, 1], passes[i, 2]
                passes = more
            for i in range(number):
                x = wanted[i]
                here, own = summit[z, y, x], np.int32(squared[z, y, x])
                for axis in range(3):
                    if axis == 0:
                        there, size = summit[up, y, x], np.int32(squared[up, y, x])
                    elif axis == 1:
                        there, size = summit[z, on, x], np.int32(squared[z, on, x])
                    else:
                        right = min(x + 1, width - 1)
                        there, size = summit[z, y, right], np.int32(squared[z, y, right])
                    if not there or there == here:
                        continue
                    low, high, size = min(here, there), max(here, there), min(own, size)
                    place = (low * 31 + high) % _REMEMBERED
                    seen = latest[place]
                    if seen < found and passes[seen, 0] == low and passes[seen, 1] == high:
                        passes[seen, 2] = max(passes[seen, 2], size)
                    else:
                        passes[found, 0], passes[found, 1], passes[found, 2] = low, high, size
                        latest[place] = found
                        found += 1
    return passes[:found]


@kernel
def _open(passes: Int32, order: Int32, widths: Int32) -> None:
    """Widen ``widths`` [face, summit], the ways straight in, to the widest over all passes, taken in an order, the widest first."""
    number = widths.shape[1]
    root = np.arange(number)
    joined, into, size = np.empty(number, np.int64), np.empty(number, np.int64), np.empty(number, np.int32)
    links = 0
    for i in order:
        a, b = np.int64(passes[i, 0]), np.int64(passes[i, 1])
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a != b:
            root[b] = a
            joined[links], into[links], size[links] = b, a, passes[i, 2]
            links += 1
    for face in range(len(widths)):
        ways = widths[face]
        # what was joined to another is joined to nothing later: all that enters it has come by then
        for i in range(links):
            ways[into[i]] = max(ways[into[i]], min(ways[joined[i]], size[i]))
        for i in range(links - 1, -1, -1):
            ways[joined[i]] = max(ways[joined[i]], min(ways[into[i]], size[i]))
