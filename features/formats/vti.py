"""VTK's image data: ``.vti``, an array of one as ``file.vti:name``; ascii, inline and appended, plain and deflated.

VTK itself would read it, but trusts every length that a file states and is larger than all else together.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan, check_size, spacing_of, volume_shape
from .parts import the_one
from .stored import DAMAGE

_TYPES = {
    "Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4", "Int64": "i8",
    "UInt64": "u8", "Float32": "f4", "Float64": "f8",
}  # fmt: skip
_APPENDED = b"<AppendedData"
_END = b"</AppendedData></VTKFile>"
_BASE64 = "base64"


@dataclass(frozen=True)
class _Packing:
    """Encoding of a file: form of lengths, byte order, whether blocks are deflated, and the appended data, if any."""

    header: str
    order: str
    deflated: bool
    appended: bytes
    appended_as_text: bool


def read(path: Path, member: str | None, options: ReadOptions) -> Scan:
    """The one array of a file, over its cells or its points, x fastest; spacings have no unit."""
    try:
        content = path.read_bytes()
        root, packing = _parsed(content)
        image = root.find("ImageData")
        if root.get("type") != "ImageData" or image is None:
            raise VolumeError(f"expected VTK image data, got {root.get('type', root.tag)!r:.60}")
        arrays = {
            str(array.get("Name", f"array{number}")): (place, array)
            for number, (place, array) in enumerate(
                (place, array)
                for place in ("CellData", "PointData")
                for array in image.iterfind(f"Piece/{place}/DataArray")
            )
        }
        place, array = arrays[the_one(list(arrays), member, path)]
        shape = volume_shape(_shape(image, points=place == "PointData"), two_dimensional=options.two_dimensional)
        check_size(shape, options.max_voxels)
        if array.get("NumberOfComponents", "1") not in ("0", "1"):
            raise VolumeError(f"{array.get('NumberOfComponents', '')[:20]} components a voxel; expected one")
        voxels = _voxels(array, packing, int(np.prod(shape, dtype=object))).reshape(shape)
        x, y, z = (float(word) for word in image.get("Spacing", "1 1 1").split())
    except (ET.ParseError, *DAMAGE) as error:
        raise VolumeError(f"expected a readable VTI file: {error}") from error
    spacing, notes = spacing_of(z, y, x, None)
    return Scan(voxels, spacing, notes)


def _parsed(content: bytes) -> tuple[ET.Element, _Packing]:
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:4096]:
        raise VolumeError("a document type, which VTK does not write")
    start = content.find(_APPENDED)
    appended, as_text = b"", False
    if start >= 0:
        opened = content.index(b">", start)
        as_text = _BASE64.encode() in content[start:opened]
        appended = content[content.index(b"_", opened) + 1 :]
        content = content[: opened + 1] + _END
    root = ET.fromstring(content)  # noqa: S314  no entities, and no larger than the file
    compressor = root.get("compressor", "")
    if compressor not in ("", "vtkZLibDataCompressor"):
        raise VolumeError(f"packed by {compressor[:40]!r}; expected no compressor, or vtkZLibDataCompressor")
    order = ">" if root.get("byte_order") == "BigEndian" else "<"
    header = order + ("u8" if root.get("header_type") == "UInt64" else "u4")
    return root, _Packing(header, order, bool(compressor), appended, as_text)


def _shape(image: ET.Element, *, points: bool) -> tuple[int, ...]:
    """Shape (z, y, x) of the whole extent, which one piece must cover."""
    whole = image.get("WholeExtent", "").split()
    pieces = [piece.get("Extent", "").split() for piece in image.iterfind("Piece")]
    if pieces != [whole] or len(whole) != 6:  # noqa: PLR2004  two ends along three axes
        raise VolumeError(f"{len(pieces)} pieces; expected one that covers the whole extent")
    ends = [int(word) for word in whole]
    x, y, z = (ends[axis + 1] - ends[axis] + points for axis in (0, 2, 4))
    return z, y, x


def _voxels(array: ET.Element, packing: _Packing, count: int) -> np.ndarray[Any, Any]:
    kind = _TYPES.get(array.get("type", ""))
    if kind is None:
        raise VolumeError(f"voxels of type {array.get('type', '')[:40]!r}; expected one of {', '.join(_TYPES)}")
    dtype = np.dtype(packing.order + kind)
    form, text = array.get("format", "ascii"), array.text or ""
    if form == "ascii":
        words = text.split()
        if len(words) != count:
            raise VolumeError(f"{len(words)} voxels, expected {count}")
        return np.array(words).astype(dtype.newbyteorder("="))
    if form == "appended":
        offset = int(array.get("offset", "0"))
        if not 0 <= offset <= len(packing.appended):
            raise VolumeError(f"truncated, {len(packing.appended)} bytes where an array starts at {offset}")
        stored, as_text = packing.appended[offset:], packing.appended_as_text
    else:
        stored, as_text = "".join(text.split()).encode(), True
    size = count * dtype.itemsize
    content = (
        _deflated(stored, packing, size, as_text=as_text)
        if packing.deflated
        else _plain(stored, packing, size, as_text=as_text)
    )
    return np.frombuffer(content, dtype).astype(dtype.newbyteorder("="), copy=False)


def _plain(stored: bytes, packing: _Packing, size: int, *, as_text: bool) -> bytes:
    head = np.dtype(packing.header).itemsize
    content = _decoded(stored, head + size) if as_text else stored[: head + size]
    declared = int(np.frombuffer(content[:head], packing.header)[0])
    if declared != size or len(content) != head + size:
        raise VolumeError(f"{min(declared, len(content) - head)} bytes of voxels, expected {size}")
    return content[head:]


def _deflated(stored: bytes, packing: _Packing, size: int, *, as_text: bool) -> bytes:
    """Blocks of a stated size, the last one shorter, each deflated by itself."""
    word = np.dtype(packing.header).itemsize
    first = np.frombuffer(_decoded(stored, 3 * word) if as_text else stored[: 3 * word], packing.header)
    number, block, last = (int(value) for value in first)
    if (number - bool(last)) * block + last != size:
        raise VolumeError(f"{number} blocks of {block} bytes, expected {size} bytes of voxels")
    head = (3 + number) * word
    if head > len(stored):
        raise VolumeError(f"truncated, {len(stored)} bytes where {head} say how long the blocks are")
    table = np.frombuffer(_decoded(stored, head) if as_text else stored[:head], packing.header)[3:]
    lengths = [int(value) for value in table]
    start = _text_length(head) if as_text else head
    packed = _decoded(stored[start:], sum(lengths)) if as_text else stored[start : start + sum(lengths)]
    pieces, at, missing = [], 0, size
    for length in lengths:
        piece = zlib.decompressobj().decompress(packed[at : at + length], missing or 1)
        pieces.append(piece[:missing])
        at, missing = at + length, missing - len(pieces[-1])
    if missing:
        raise VolumeError(f"truncated, {size - missing} bytes of voxels where {size} were declared")
    return b"".join(pieces)


def _text_length(size: int) -> int:
    """Number of characters of base64 that hold so many bytes."""
    return 4 * ((size + 2) // 3)


def _decoded(stored: bytes, size: int) -> bytes:
    return base64.b64decode(stored[: _text_length(size)])[:size]
