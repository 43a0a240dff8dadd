"""Reading of one file of any format into raw values: the choice of its reader, and the errors without one."""

from __future__ import annotations

import importlib
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan, check_size, checked_voxels

_MEMBER = re.compile(
    r"(?P<file>.*\.(?:h5|hdf5|hdf|he5|nxs|npz|zarr|vti)):(?P<member>[^\0]+)", re.IGNORECASE | re.DOTALL
)


_ONE_LAYER = "one 2D picture as a volume one layer thick: what is measured along z says nothing of the material"


@dataclass(frozen=True)
class Format:
    """File format: its name, its suffixes, the module that reads it, and the package that it needs."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    package: str = ""
    folder: bool = False
    alone: bool = True
    """Whether a file of it is a volume by itself; pictures are only together, or where asked."""

    def read(self, path: Path, member: str | None, options: ReadOptions) -> Scan:
        """The raw values of a file, or of the part of it that was asked for."""
        module = importlib.import_module(f".{self.module}", __package__)
        scan: Scan = module.read(path, member, options)
        return scan


FORMATS: tuple[Format, ...] = (
    Format("TIFF, ImageJ's and OME's included", (".tif", ".tiff"), "stacks"),
    Format("NumPy", (".npy",), "npy"),
    Format("NumPy, several arrays", (".npz",), "npz"),
    Format("raw voxels", (".raw", ".bin", ".dat"), "raw"),
    Format("NRRD", (".nrrd", ".nhdr"), "nrrd", "pynrrd"),
    Format("MetaImage", (".mha", ".mhd"), "metaimage"),
    Format("NIfTI", (".nii", ".nii.gz"), "nifti", "nibabel"),
    Format("HDF5", (".h5", ".hdf5", ".hdf", ".he5", ".nxs"), "hdf5", "h5py"),
    Format("VTK image data", (".vti",), "vti"),
    Format("Zarr", (".zarr",), "zarr", "zarr", folder=True),
    Format("PNG or BMP pictures", (".png", ".bmp"), "pictures", alone=False),
    Format("folder of slices", (), "slices", folder=True),
)


def suffixes() -> tuple[str, ...]:
    """The endings of the names of files that are volumes by themselves."""
    return tuple(ending for item in FORMATS if item.alone and not item.folder for ending in item.suffixes)


def folder_suffixes() -> tuple[str, ...]:
    """The endings of the names of folders that are volumes whatever they hold."""
    return tuple(ending for item in FORMATS if item.folder for ending in item.suffixes)


def split_member(path: str | Path) -> tuple[Path, str | None]:
    """The file and the part of it in ``file.h5:/path``; None where the whole file is meant."""
    match = _MEMBER.fullmatch(str(path))
    return (Path(path), None) if match is None else (Path(match["file"]), match["member"])


def holds_volume(path: str | Path) -> bool:
    """Whether there is something to read at a path: a file, or the file of a part."""
    file, _ = split_member(path)
    try:
        return file.exists()
    except (OSError, ValueError):
        return False


def read_scan(path: str | Path, options: ReadOptions | None = None) -> Scan:
    """The raw values (z, y, x) of a file of any format that is read, and the facts that it states of them.

    Raises VolumeError naming the file: missing, of no known format, truncated, not three-dimensional, not finite, or
    more voxels than allowed by the shape it declares, before any is read. MissingExtraError where a package lacks.
    """
    options = options or ReadOptions()
    try:
        scan = _read(path, options)
        checked_voxels(scan.voxels)
        check_size(scan.voxels.shape, options.max_voxels)
    except VolumeError as error:
        raise VolumeError(f"volume {_shown(path)}: {error}") from error
    if options.two_dimensional and scan.voxels.shape[0] == 1:
        return replace(scan, notes=(*scan.notes, _ONE_LAYER))
    return scan


def _read(path: str | Path, options: ReadOptions) -> Scan:
    file, member = split_member(path)
    try:
        mode = file.stat().st_mode
    except FileNotFoundError as error:
        raise VolumeError("no such file") from error
    except (ValueError, OSError) as error:  # NUL, or characters that no file name has
        raise VolumeError(f"expected the name of a file: {error}") from error
    # a pipe would block, a device might never end
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise VolumeError("expected a file, got a pipe or device")
    return _format_of(file, is_folder=stat.S_ISDIR(mode)).read(file, member, options)


def _format_of(file: Path, *, is_folder: bool) -> Format:
    name = file.name.lower()
    kinds = [item for item in FORMATS if item.folder == is_folder]
    return next((item for item in kinds if name.endswith(item.suffixes)), kinds[-1 if is_folder else 0])


def _shown(path: str | Path) -> str:
    text = os.fspath(path)
    return repr(text) if "\0" in text else text
