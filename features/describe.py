"""From volumes to rows of named numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..errors import SettingsError
from .backends import get_backend
from .batch import Batch
from .batching import in_batches
from .registry import registry
from .schedule import run
from .volumes import Volume, as_mask, checked_voxel_size, load_volume
from .workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .declaration import ColumnInfo

VolumeLike: TypeAlias = "NDArray[Any] | Volume | str | Path"
DEFAULT_TIERS = ("morphology", "transport")


def descriptors(tiers: Iterable[str] | None = None) -> tuple[ColumnInfo, ...]:
    """Every column with its unit, meaning, bounds and reference, in the order of ``describe``.

    Raises SettingsError for an unknown tier.
    """
    return registry().select(tiers)


def wanted_columns(tiers: Iterable[str], columns: Iterable[str] | None) -> tuple[ColumnInfo, ...]:
    """The columns that ``describe`` returns for these arguments: ``columns`` wins over ``tiers``."""
    return registry().select(tiers) if columns is None else registry().named(columns)


def describe(
    volume: VolumeLike,
    *,
    voxel_size: float | None = None,
    pore: tuple[int, ...] | None = None,
    tiers: Iterable[str] = DEFAULT_TIERS,
    columns: Iterable[str] | None = None,
    backend: str = "auto",
    threads: int = 1,
) -> dict[str, float]:
    """The descriptors of one volume, in declaration order.

    ``volume`` is a boolean or integer array (z, y, x), a Volume, or the path of a TIFF file; axis z
    leads through the electrode. ``pore`` names the grey values that are pore (see ``binarise``).
    Lengths are in metres where ``voxel_size`` (edge of a voxel in metres) or the Volume gives it,
    else in voxels. ``columns`` asks for some columns only: what they do not need is not computed.
    Values that are undefined for the volume are NaN, as each column's ``undefined`` says.
    ``threads`` is how many columns may be in the making at a time: more are faster for one large
    volume, take the memory of as many, and give the same values.

    Raises VolumeError for what is no volume, SettingsError for unknown names or fewer threads than 1,
    DeviceError where the back end asked for does not answer.
    """
    return describe_batch(
        [volume], voxel_size=voxel_size, pore=pore, tiers=tiers, columns=columns, backend=backend, threads=threads
    )[0]


def describe_batch(
    volumes: Sequence[VolumeLike],
    *,
    voxel_size: float | None = None,
    pore: tuple[int, ...] | None = None,
    tiers: Iterable[str] = DEFAULT_TIERS,
    columns: Iterable[str] | None = None,
    backend: str = "auto",
    threads: int = 1,
) -> list[dict[str, float]]:
    """``describe`` for several volumes: a device takes as many of one shape at a time as fit its memory.

    Raises what ``describe`` raises, before anything is computed where a volume is none, and DeviceError
    where one does not fit into the memory of the device, which it names.
    """
    if threads < 1:
        raise SettingsError(f"describe takes at least one thread, got {threads}")
    wanted = wanted_columns(tiers, columns)
    masks, sizes = [], []
    for volume in volumes:
        mask, size = _read(volume, voxel_size, pore)
        masks.append(mask)
        sizes.append(size)
    used, plan = get_backend(backend), registry().plan(wanted)

    def values(batch: Batch) -> list[dict[str, float]]:
        members = Workspace.members(batch)
        for member in members:
            run(plan, member, threads if used.concurrent else 1)
        return [member.columns for member in members]

    found = in_batches(masks, used, values, lambda place: _name(volumes[place], place))
    return [
        {column.name: row[column.name] * size**column.length_power for column in wanted}
        for row, size in zip(found, sizes, strict=True)
    ]


def warm_up(tiers: Iterable[str] = DEFAULT_TIERS, columns: Iterable[str] | None = None, backend: str = "auto") -> None:
    """Compile or load every kernel that these columns use, so that processes started later find them in the cache."""
    places = np.indices((12, 12, 12))
    bulky = (places // 3).sum(axis=0) % 3 > 0
    # solvers treat open and labyrinthine pores by different kernels
    sparse = np.zeros_like(bulky)
    sparse[:, ::4, ::4] = sparse[::4, :, ::4] = sparse[::4, ::4, :] = True
    for volume in (bulky, sparse):
        describe(volume, tiers=tiers, columns=columns, backend=backend)


def _name(volume: VolumeLike, place: int) -> str:
    """What a message calls a volume."""
    if isinstance(volume, str | Path):
        return str(volume)
    if isinstance(volume, Volume):
        return volume.source or f"volume {volume.digest[:12]}"
    return f"volume {place}"


def _read(volume: VolumeLike, voxel_size: float | None, pore: tuple[int, ...] | None) -> tuple[NDArray[Any], float]:
    """The pore mask and the edge of a voxel, 1 where unknown."""
    size = checked_voxel_size(voxel_size)
    if isinstance(volume, str | Path):
        volume = load_volume(volume, pore=pore)
    if isinstance(volume, Volume):
        return volume.mask, size or volume.voxel_size or 1.0
    return as_mask(volume, pore), size or 1.0
