"""From one volume to one row of named numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .backends import get_backend
from .registry import registry
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
) -> dict[str, float]:
    """The descriptors of one volume, in declaration order.

    ``volume`` is a boolean or integer array (z, y, x), a Volume, or the path of a TIFF file; axis z
    leads through the electrode. ``pore`` names the grey values that are pore (see ``binarise``).
    Lengths are in metres where ``voxel_size`` (edge of a voxel in metres) or the Volume gives it,
    else in voxels. ``columns`` asks for some columns only: what they do not need is not computed.
    Values that are undefined for the volume are NaN, as each column's ``undefined`` says.

    Raises VolumeError for what is no volume, SettingsError for unknown names, DeviceError where the
    back end asked for does not answer.
    """
    wanted = wanted_columns(tiers, columns)
    mask, size = _read(volume, voxel_size, pore)
    work = Workspace(mask, get_backend(backend))
    try:
        for call in registry().plan(wanted):
            values = call.descriptor.compute(work, **call.part.arguments)
            _check_names(call.descriptor.family, values, call.part.columns)
            work.columns |= {call.part.columns[name].name: float(value) for name, value in values.items()}
    finally:
        work.release()
    return {column.name: work.columns[column.name] * size**column.length_power for column in wanted}


def warm_up(tiers: Iterable[str] = DEFAULT_TIERS, backend: str = "auto") -> None:
    """Compile or load every kernel that the tiers use, so that processes started later find them in the cache."""
    places = np.indices((12, 12, 12))
    bulky = (places // 3).sum(axis=0) % 3 > 0
    # solvers treat open and labyrinthine pores by different kernels
    sparse = np.zeros_like(bulky)
    sparse[:, ::4, ::4] = sparse[::4, :, ::4] = sparse[::4, ::4, :] = True
    for volume in (bulky, sparse):
        describe(volume, tiers=tiers, backend=backend)


def _read(volume: VolumeLike, voxel_size: float | None, pore: tuple[int, ...] | None) -> tuple[NDArray[Any], float]:
    """The pore mask and the edge of a voxel, 1 where unknown."""
    size = checked_voxel_size(voxel_size)
    if isinstance(volume, str | Path):
        volume = load_volume(volume, pore=pore)
    if isinstance(volume, Volume):
        return volume.mask, size or volume.voxel_size or 1.0
    return as_mask(volume, pore), size or 1.0


def _check_names(family: str, values: Iterable[str], declared: Iterable[str]) -> None:
    if set(values) != set(declared):
        raise ValueError(f"{family} declares {', '.join(declared)} and returned {', '.join(values)}")
