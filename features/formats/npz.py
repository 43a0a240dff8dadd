"""Several arrays of NumPy in one file: ``.npz``, an array of it as ``file.npz:name``."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan
from .npy import read_array
from .parts import the_one
from .stored import DAMAGE

_NPY = ".npy"


def read(path: Path, member: str | None, options: ReadOptions) -> Scan:
    """The one array of a file, or the one that is named; VolumeError lists the names where there are several."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(_NPY) for name in archive.namelist() if name.endswith(_NPY)]
            with archive.open(the_one(names, member, path) + _NPY) as stream:
                return Scan(read_array(stream, options))
    except (zipfile.BadZipFile, NotImplementedError, *DAMAGE) as error:
        raise VolumeError(f"expected a readable NPZ file: {error}") from error
