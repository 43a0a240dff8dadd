"""The volumes of a folder: files of every format that is read, and folders of slices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataSetError
from ...features.formats import PICTURES, folder_suffixes, has_sidecar, is_stack, natural, suffixes
from ..settings import VolumeSettings

RAW = (".raw", ".bin", ".dat")
"""Endings that anything may have: volumes only where something says their shape."""
HEADERS = (".mhd", ".nhdr")


def volume_files(folder: Path, settings: VolumeSettings) -> list[Path]:
    """The volumes at any depth of a folder, in the natural order of their names, names that begin with a dot left out.

    A folder that holds pictures alone, all of them 2D, is one volume, slice by slice; unless ``two_dimensional`` makes a
    volume of every picture. Raw files count where a sidecar or the settings say their shape. Raises DataSetError where
    there is none.
    """
    found = list(_walk(folder, settings))
    if not found:
        raise DataSetError(
            f"{folder}: expected volumes ({', '.join(suffixes())}), folders of slices or a data set, found none of them; raw "
            "files need --shape and --dtype, or a sidecar"
        )
    return found


def _walk(top: Path, settings: VolumeSettings) -> Iterator[Path]:
    for place, folders, files in os.walk(top):
        here = Path(place)
        folders[:] = sorted(
            (name for name in folders if not name.startswith(".")), key=lambda name: natural(Path(name))
        )
        whole = [name for name in folders if name.lower().endswith(folder_suffixes())]
        folders[:] = [name for name in folders if name not in whole]
        endings = (*suffixes(), *PICTURES) if settings.two_dimensional else suffixes()
        named = (here / name for name in files if name.lower().endswith(endings) and not name.startswith("."))
        volumes = [file for file in named if not _is_loose(file, settings)]
        alone = all(file.name.lower().endswith(PICTURES) for file in volumes)
        if not settings.two_dimensional and alone and is_stack(here):
            yield here
            volumes = []
        yield from sorted((*volumes, *(here / name for name in whole)), key=natural)


def _is_loose(file: Path, settings: VolumeSettings) -> bool:
    """Whether a raw file is the data of a header beside it, or of no known shape."""
    if file.suffix.lower() not in RAW:
        return False
    if any(file.with_suffix(header).is_file() for header in HEADERS):
        return True
    return settings.shape is None and not has_sidecar(file)
