"""Computation of the columns of pore masks, shared by ``describe`` and all similar functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .backends import get_backend
from .batching import in_batches
from .registry import registry
from .schedule import run
from .spacing import edge_and_spacing
from .workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .batch import Batch
    from .declaration import ColumnInfo
    from .sample import Sample
    from .voxels import Spacing


def compute(
    masks: Sequence[NDArray[np.bool_]],
    edges: Sequence[float | Spacing],
    columns: Sequence[ColumnInfo],
    *,
    samples: Sequence[Sample | None] | None = None,
    device: str = "auto",
    threads: int = 1,
    name: Callable[[int], str] = "volume {}".format,
) -> list[dict[str, float]]:
    """The columns of each mask, in their order, lengths in units of its edge of a voxel, one of a cube or three (z, y, x).

    ``samples`` say which part of a box is sample (None: all of it). Raises DeviceError where the device does not answer,
    or where a volume, called by its ``name``, does not fit into its memory.
    """
    backend, plan = get_backend(device), registry().plan(columns)

    def values(batch: Batch) -> list[dict[str, float]]:
        members = Workspace.members(batch)
        for member in members:
            run(plan, member, threads if backend.concurrent else 1)
        return [member.columns for member in members]

    units, spacings = zip(*map(edge_and_spacing, edges), strict=True) if edges else ((), ())
    found = in_batches(masks, backend, values, name, spacings)
    rows = [
        {column.name: row[column.name] * unit**column.length_power for column in columns}
        for row, unit in zip(found, units, strict=True)
    ]
    if samples is None:
        return rows
    return [row if sample is None else sample.values(row) for row, sample in zip(rows, samples, strict=True)]
