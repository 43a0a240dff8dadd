"""NRRD files (teem), attached and detached: ``.nrrd``, ``.nhdr``; headers are read by pynrrd."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...errors import MissingExtraError, VolumeError
from ..voxels import ReadOptions, Scan, check_size, spacing_of, volume_shape
from .stored import DAMAGE, as_voxels, beside, exactly, size_of, unpacked

_TYPES = {
    "i1": "signed char, int8, int8_t",
    "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t",
    "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float",
    "f8": "double",
}
_CODES = {name: code for code, names in _TYPES.items() for name in names.split(", ")}
_ENDIAN = {"little": "<", "big": ">", "": "="}


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The voxels of a file, x fastest as its sizes say, and the spacings where they have a unit."""
    try:
        import nrrd
    except ImportError as error:
        raise MissingExtraError("pynrrd", "formats", f"reading {path.name}") from error
    try:
        with path.open("rb") as stream:
            header = nrrd.read_header(stream)
            shape = volume_shape(
                tuple(int(size) for size in reversed(header["sizes"])), two_dimensional=options.two_dimensional
            )
            check_size(shape, options.max_voxels)
            dtype = _dtype(header)
            name = header.get("data file", header.get("datafile"))
            if name is None:
                content = _content(stream, header, size_of(shape, dtype))
            else:
                with beside(path, str(name)).open("rb") as other:
                    content = _content(other, header, size_of(shape, dtype))
    except (nrrd.NRRDError, *DAMAGE) as error:
        raise VolumeError(f"expected a readable NRRD file: {error}") from error
    spacing, notes = spacing_of(*_edges(header), _unit(header))
    return Scan(as_voxels(content, dtype, shape), spacing, notes)


def _dtype(header: Mapping[str, Any]) -> np.dtype[Any]:
    kind = str(header.get("type", "")).lower()
    endian = str(header.get("endian", "")).lower()
    if kind not in _CODES or endian not in _ENDIAN:
        raise VolumeError(f"voxels of type {kind[:40]!r} and endian {endian[:40]!r}; expected numbers, little or big")
    return np.dtype(_ENDIAN[endian] + _CODES[kind])


def _content(stream: IO[bytes], header: Mapping[str, Any], size: int) -> bytes:
    for _ in range(_skip(header, "line")):
        stream.readline()
    encoding = str(header.get("encoding", "raw")).lower()
    skip = _skip(header, "byte")
    if skip < 0 and encoding == "raw":  # the voxels are the end of the file
        stream.seek(-size, 2)
        return exactly(stream, size)
    opened = unpacked(stream, encoding)
    exactly(opened, max(0, skip))
    return exactly(opened, size)


def _skip(header: Mapping[str, Any], what: str) -> int:
    skip = int(header.get(f"{what} skip", header.get(f"{what}skip", 0)))
    if not -1 <= skip <= 1 << 20:
        raise VolumeError(f"{what} skip {skip}; expected at most {1 << 20}")
    return skip


def _edges(header: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """The spacings along z, y and x: stated as such, or the lengths of the axes' directions."""
    spacings = header.get("spacings")
    if spacings is None and "space directions" in header:
        directions = np.asarray(header["space directions"], dtype=float)
        spacings = np.sqrt((directions**2).sum(axis=-1)) if directions.ndim == 2 else None  # noqa: PLR2004  a matrix
    if spacings is None or len(spacings) != 3:  # noqa: PLR2004  dimensions of space
        return None, None, None
    x, y, z = (float(value) for value in spacings)
    return z, y, x


def _unit(header: Mapping[str, Any]) -> str | None:
    units = header.get("space units", header.get("units"))
    known = (
        {str(unit).strip().strip('"') for unit in units}
        if units is not None and not isinstance(units, str)
        else {units}
    )
    return known.pop() if len(known) == 1 else None
