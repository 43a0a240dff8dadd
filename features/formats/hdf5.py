"""HDF5 files, an array of one as ``file.h5:/path``; read by h5py. Calibration is what ilastik and Fiji write."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import MissingExtraError, VolumeError
from ..voxels import ReadOptions, Scan, Spacing, check_size, check_type, known_spacing, metres_of, volume_shape
from .parts import the_one
from .stored import DAMAGE

_MOST_LOOKED_AT = 10_000


def read(path: Path, member: str | None, options: ReadOptions) -> Scan:
    """The one array of three dimensions in a file, or the one that is named.

    Links, virtual arrays and voxels in other files are not followed. Raises VolumeError with the names where there are
    several, MissingExtraError without h5py.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("h5py", "formats", f"reading {path.name}") from error
    try:
        with h5py.File(path, "r") as file:
            names = _arrays(file, h5py)
            array = file[the_one(_volumes(file, names) if member is None else names, member, path)]
            shape = volume_shape(array.shape, two_dimensional=options.two_dimensional)
            check_size(shape, options.max_voxels)
            check_type(array.dtype)
            _check_storage(array, options)
            return Scan(np.asarray(array[()]).reshape(shape), _spacing(array))
    except DAMAGE as error:
        raise VolumeError(f"expected a readable HDF5 file: {error}") from error


def _arrays(file: Any, h5py: Any) -> list[str]:
    """The names of all arrays that hard links lead to."""
    found: list[str] = []
    waiting, seen = ["/"], 0
    groups = set()
    while waiting:
        here = file[waiting.pop()]
        address = h5py.h5o.get_info(here.id).addr
        if address in groups:
            continue  # a group within itself
        groups.add(address)
        for name in here:
            seen += 1
            if seen > _MOST_LOOKED_AT:
                raise VolumeError(
                    f"more than {_MOST_LOOKED_AT} objects in the file; name one as file.h5:/path in a smaller one"
                )
            if not isinstance(here.get(name, getlink=True), h5py.HardLink):
                continue
            item = here.get(name)
            if isinstance(item, h5py.Group):
                waiting.append(item.name)
            elif isinstance(item, h5py.Dataset):
                found.append(item.name)
    return sorted(found)


def _volumes(file: Any, names: list[str]) -> list[str]:
    """The arrays of three dimensions or more that are numbers; all of them where there is none."""
    solid = [name for name in names if len([size for size in file[name].shape or () if size > 1]) >= 3]  # noqa: PLR2004
    return solid or names


def _check_storage(array: Any, options: ReadOptions) -> None:
    if array.is_virtual or array.external:
        raise VolumeError("voxels that lie in other files, which are not opened; copy them into one file")
    if array.chunks is not None and math.prod(array.chunks) > options.max_voxels:
        raise VolumeError(f"chunks of {array.chunks} voxels, more than the {options.max_voxels} allowed")
    stored, declared = array.id.get_storage_size(), array.size * array.dtype.itemsize
    if stored == 0:
        raise VolumeError("incomplete, its voxels were never written")
    if stored > 2 * declared + (1 << 20):
        raise VolumeError(f"{stored} bytes of voxels where {declared} were declared")


def _spacing(array: Any) -> Spacing | None:
    edges, unit = array.attrs.get("element_size_um"), "um"
    if edges is None:
        edges, unit = array.attrs.get("voxel_size", array.attrs.get("spacing")), str(array.attrs.get("unit", "m"))
    values, metres = np.atleast_1d(np.asarray(edges if edges is not None else [], dtype=object)), metres_of(unit)
    if metres is None or values.size not in (1, 3):
        return None
    return known_spacing(*(float(value) * metres for value in np.broadcast_to(values.ravel(), 3)))
