"""NumPy's own file: ``.npy``, one array; its voxel size, if any, in a sidecar."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan, check_size, check_type, volume_shape
from .sidecar import sidecar_of
from .stored import DAMAGE, as_voxels, exactly, size_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The array of a file; VolumeError for objects, damage, and arrays that are no volume."""
    with path.open("rb") as stream:
        voxels = read_array(stream, options)
    beside = sidecar_of(path)
    return Scan(voxels, None if beside is None else beside.spacing)


def read_array(stream: IO[bytes], options: ReadOptions) -> NDArray[Any]:
    """One array out of a stream at its beginning; nothing is unpickled, and nothing read that the header does not declare."""
    try:
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise VolumeError(f"an array of format {version[0]}.{version[1]}; expected 1.0 or 2.0")
        stored, fortran, dtype = _HEADERS[version](stream)
    except DAMAGE as error:
        raise VolumeError(f"expected a NumPy array: {error}") from error
    check_type(dtype)
    shape = volume_shape(stored, two_dimensional=options.two_dimensional)
    check_size(shape, options.max_voxels)
    content = exactly(stream, size_of(shape, dtype))
    if fortran:
        return np.ascontiguousarray(as_voxels(content, dtype, shape[::-1]).transpose(2, 1, 0))
    return as_voxels(content, dtype, shape)
