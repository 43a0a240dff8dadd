"""Computation of the columns of pore masks, shared by ``describe`` and all similar functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .backends import get_backend
from .batching import in_batches
from .registry import registry
from .schedule import run
from .workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .batch import Batch
    from .declaration import ColumnInfo
    from .sample import Sample


def compute(
    masks: Sequence[NDArray[np.bool_]],
    edges: Sequence[float],
    columns: Sequence[ColumnInfo],
    *,
    samples: Sequence[Sample | None] | None = None,
    device: str = "auto",
    threads: int = 1,
    name: Callable[[int], str] = "volume {}".format,
) -> list[dict[str, float]]:
    """The columns of each mask, in their order, lengths in units of its edge of a voxel.

    ``samples`` say which part of a box is sample (None: all of it). Raises DeviceError where the device does not answer, or where a volume, called by its ``name``,
    does not fit into its memory.
    """
    backend, plan = get_backend(device), registry().plan(columns)

    def values(batch: Batch) -> list[dict[str, float]]:
        members = Workspace.members(batch)
        for member in members:
            run(plan, member, threads if backend.concurrent else 1)
        return [member.columns for member in members]

    found = in_batches(masks, backend, values, name)
    rows = [
        {column.name: row[column.name] * edge**column.length_power for column in columns}
        for row, edge in zip(found, edges, strict=True)
    ]
    if samples is None:
        return rows
    return [row if sample is None else sample.values(row) for row, sample in zip(rows, samples, strict=True)]
