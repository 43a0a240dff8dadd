"""Connected components by label equivalence: pointers to the first voxel of each, found by all voxels at once.

Joining is by atomic minima (Playne and Hawick, doi:10.1109/TPDS.2018.2799216), so that whatever the order of
threads every voxel ends at the first of its component; firsts are then numbered in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..protocol import Components
from .kernels import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ....array_types import Int64
    from .device import Device

_BEGIN = kernel(__file__, "begin_rows")
_JOIN = kernel(__file__, "join_rows")
_POINT = kernel(__file__, "point_to_first")
_MEASURE = kernel(__file__, "measure_components")
_CONTACTS = kernel(__file__, "note_contacts")


def components(device: Device, masks: Any) -> list[Components]:
    """Face-connected components of each volume of bool[batch, z, y, x], numbered in the order of their first voxels.

    Their ``labels`` are one array for all of them: int32[batch, z, y, x], the number of the component among those of
    the batch, from 1, and 0 outside. Waits twice.
    """
    xp, voxels = device.xp, masks.size
    batch, depth, height, width = masks.shape
    lengths = tuple(map(np.int32, (depth, height, width)))
    parents = xp.empty(masks.shape, xp.int32)
    device.launch(_BEGIN, voxels // width, masks, np.int32(voxels // width), np.int32(width), parents)
    device.launch(_JOIN, voxels, masks, np.int32(voxels), *lengths, parents)
    device.launch(_POINT, voxels, np.int32(voxels), parents)

    flat = parents.reshape(-1)
    ranks = xp.cumsum(flat == xp.arange(voxels, dtype=xp.int32), dtype=xp.int32)
    numbers = xp.where(flat < 0, xp.int32(0), ranks[flat]).reshape(masks.shape)
    # components up to and with each volume
    (ends,) = device.download(ranks.reshape(batch, -1)[:, -1])

    sizes, faces = (xp.zeros(int(ends[-1]) + 1, xp.uint32) for _ in range(2))
    device.launch(_MEASURE, voxels // depth, numbers, np.int32(batch), *lengths, sizes, faces)
    all_sizes, all_faces = device.download(sizes[1:], faces[1:])
    return [
        Components(size.astype(np.int64), face.astype(np.uint8), numbers)
        for size, face in zip(np.split(all_sizes, ends[:-1]), np.split(all_faces, ends[:-1]), strict=True)
    ]


def select(device: Device, masks: Any, components: Sequence[Components], keep: Sequence[NDArray[np.bool_]]) -> Any:
    """The voxels of bool[batch, z, y, x] in the components to keep, by volume."""
    chosen = np.concatenate([np.zeros(1, np.bool_), *keep])
    return masks if chosen[1:].all() else device.upload(chosen)[components[0].labels]


def sides(device: Device, masks: Any, components: Sequence[Components], axis: int) -> list[tuple[Int64, Int64]]:
    """The number of the component of each voxel of the low and the high side of an axis, -1 outside; on the host, 2D."""
    numbers = components[0].labels
    both = device.download(
        *(device.xp.ascontiguousarray(numbers.take(side, axis=1 + axis)) for side in (0, masks.shape[1 + axis] - 1))
    )
    before = np.cumsum([0, *(len(found.sizes) for found in components[:-1])])
    low, high = (
        [np.where(layer > 0, layer.astype(np.int64) - 1 - start, -1) for layer, start in zip(side, before, strict=True)]
        for side in both
    )
    return list(zip(low, high, strict=True))


def contacts(device: Device, masks: Any, components: Sequence[Components]) -> list[NDArray[np.int64]]:
    """int64[pairs, 2] a volume: numbers of components that meet along edges or corners of voxels. Waits twice."""
    xp, numbers = device.xp, components[0].labels
    lengths = tuple(map(np.int32, (masks.size, *masks.shape[1:])))
    room = 0
    # once to count them, and once to note them
    for _ in range(2):
        pairs, number = xp.empty((max(room, 1), 2), xp.int32), xp.zeros(1, xp.int32)
        device.launch(_CONTACTS, masks.size, numbers, *lengths, np.int32(room), pairs, number)
        found, count = device.download(pairs, number)
        room = int(count[0])
    known = np.unique(found[:room].astype(np.int64) - 1, axis=0)
    ends = np.cumsum([len(each.sizes) for each in components])
    parts = np.split(known, np.searchsorted(known[:, 0], ends[:-1]))
    return [part - begin for part, begin in zip(parts, [0, *ends[:-1].tolist()], strict=True)]
