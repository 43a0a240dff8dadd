"""NIfTI files: ``.nii``, ``.nii.gz``; headers are read by nibabel."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from ...errors import MissingExtraError, VolumeError
from ..voxels import ReadOptions, Scan, check_size, check_type, spacing_of, volume_shape
from .stored import DAMAGE, as_voxels, exactly, size_of

_FIRST, _SECOND = 348, 540
"""Bytes of a header of either version, which its first number says."""
_FURTHEST = 1 << 24
"""Bytes of header and extensions that are skipped at most."""
_UNITS = {"meter": "m", "mm": "mm", "micron": "um"}


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The voxels of a file, x fastest, scaled where the header scales them, and its spacing where it has a unit."""
    try:
        import nibabel
        from nibabel.spatialimages import HeaderDataError, HeaderTypeError
        from nibabel.wrapstruct import WrapStructError
    except ImportError as error:
        raise MissingExtraError("nibabel", "formats", f"reading {path.name}") from error
    packed = path.name.lower().endswith(".gz")
    try:
        with cast("IO[bytes]", gzip.open(path) if packed else path.open("rb")) as stream:
            first = exactly(stream, 4)
            of_two = _SECOND in (int.from_bytes(first, "little"), int.from_bytes(first, "big"))
            kind = nibabel.Nifti2Header if of_two else nibabel.Nifti1Header
            # the header alone: extensions may be of any size and say nothing of the voxels
            header: Any = kind(first + exactly(stream, (_SECOND if of_two else _FIRST) - 4), check=False)
            stored = tuple(int(length) for length in header.get_data_shape())
            shape = volume_shape(stored[::-1], two_dimensional=options.two_dimensional)
            check_size(shape, options.max_voxels)
            dtype = header.get_data_dtype()
            check_type(dtype)
            start = int(header["vox_offset"])
            if not 0 <= start <= _FURTHEST:
                raise VolumeError(f"voxels from byte {start} on; expected at most {_FURTHEST}")
            stream.seek(start)
            voxels = as_voxels(exactly(stream, size_of(shape, dtype)), dtype, shape)
            slope, inter = header.get_slope_inter()
            edges = [float(value) for value in header.get_zooms()[:3]]
            unit = _UNITS.get(header.get_xyzt_units()[0])
    except (HeaderDataError, HeaderTypeError, WrapStructError, *DAMAGE) as error:
        raise VolumeError(f"expected a readable NIfTI file: {error}") from error
    if slope is not None and (slope, inter or 0.0) != (1.0, 0.0):
        with np.errstate(over="ignore", invalid="ignore"):
            voxels = voxels * float(slope) + float(inter or 0.0)
    x, y, z = (*edges, *[None] * 3)[:3]
    spacing, notes = spacing_of(z, y, x, unit)
    return Scan(voxels, spacing, notes)
