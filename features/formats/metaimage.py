"""MetaImage files of ITK: ``.mha``, and ``.mhd`` with its voxels in a file beside it. Lengths are in millimetres, as in ITK."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan, check_size, spacing_of, volume_shape
from .stored import DAMAGE, as_voxels, beside, exactly, inflated, size_of

_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
_DATA = "ElementDataFile"
_LONGEST_LINE, _MOST_LINES = 4096, 500


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The voxels of a file, x fastest, and its spacing in metres."""
    try:
        with path.open("rb") as stream:
            header = _header(stream)
            shape = volume_shape(
                tuple(int(word) for word in reversed(header.get("DimSize", "").split())),
                two_dimensional=options.two_dimensional,
            )
            check_size(shape, options.max_voxels)
            dtype = _dtype(header)
            name = header[_DATA]
            if name.upper() == "LOCAL":
                content = _content(stream, header, size_of(shape, dtype))
            elif name.upper().startswith("LIST") or "%" in name:
                raise VolumeError("voxels in many files; expected one file, or LOCAL: a folder of slices is one volume")
            else:
                with beside(path, name).open("rb") as other:
                    content = _content(other, header, size_of(shape, dtype))
            spacing, notes = spacing_of(*_edges(header), header.get("DistanceUnits", "mm"))
    except DAMAGE as error:
        raise VolumeError(f"expected a readable MetaImage file: {error}") from error
    return Scan(as_voxels(content, dtype, shape), spacing, notes)


def _header(stream: IO[bytes]) -> Mapping[str, str]:
    """The lines ``key = value`` up to the one that says where the voxels are."""
    found: dict[str, str] = {}
    for _ in range(_MOST_LINES):
        line = stream.readline(_LONGEST_LINE)
        key, equals, value = line.decode("latin-1").partition("=")
        if not equals:
            break
        found[key.strip()] = value.strip()
        if key.strip() == _DATA:
            return found
    raise VolumeError(f"expected lines 'key = value' up to {_DATA}, got something else")


def _dtype(header: Mapping[str, str]) -> np.dtype[Any]:
    kind = header.get("ElementType", "")
    if header.get("ElementNumberOfChannels", "1") != "1":
        raise VolumeError(f"{header['ElementNumberOfChannels'][:20]} channels a voxel; expected one")
    if kind not in _TYPES or header.get("BinaryData", "True").lower() != "true":
        raise VolumeError(f"voxels of type {kind[:40]!r}; expected binary numbers of one of {', '.join(_TYPES)}")
    big = header.get("BinaryDataByteOrderMSB", header.get("ElementByteOrderMSB", "False")).lower() == "true"
    return np.dtype((">" if big else "<") + _TYPES[kind])


def _content(stream: IO[bytes], header: Mapping[str, str], size: int) -> bytes:
    if header.get("CompressedData", "False").lower() == "true":
        return inflated(stream, size)
    skip = int(header.get("HeaderSize", "0"))
    if skip == -1:  # the voxels are the end of the file
        stream.seek(-size, 2)
    elif skip:
        stream.seek(skip)
    return exactly(stream, size)


def _edges(header: Mapping[str, str]) -> tuple[float | None, float | None, float | None]:
    words = header.get("ElementSpacing", header.get("ElementSize", "")).split()
    if len(words) != 3:  # noqa: PLR2004  dimensions of space
        return None, None, None
    x, y, z = map(float, words)
    return z, y, x
