"""Bytes out of a file: exactly as many as a header declares, however they are packed, and never more."""

from __future__ import annotations

import bz2
import gzip
import math
import tokenize
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ...errors import VolumeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PIECE = 1 << 20
DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    EOFError,
    SyntaxError,
    StopIteration,
    zlib.error,
    tokenize.TokenError,  # of headers of arrays, which are read as Python
)
"""Exceptions that libraries raise on headers that contradict themselves and on damaged bytes."""


def exactly(stream: IO[bytes], count: int) -> bytes:
    """The next ``count`` bytes; VolumeError where the stream ends before."""
    pieces: list[bytes] = []
    missing = count
    while missing:
        # piece by piece: a stream that is unpacked holds no more than was asked for
        piece = stream.read(min(missing, _PIECE))
        if not piece:
            raise VolumeError(f"truncated, {count - missing} bytes of voxels where {count} were declared")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def unpacked(stream: IO[bytes], encoding: str) -> IO[bytes]:
    """A stream of what another holds packed: ``raw``, ``gzip`` or ``bzip2``; VolumeError for others."""
    if encoding in ("raw", ""):
        return stream
    if encoding in ("gzip", "gz"):
        return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]
    if encoding in ("bzip2", "bz2"):
        return bz2.BZ2File(stream)
    raise VolumeError(f"encoded as {encoding!r}; expected raw, gzip or bzip2")


def inflated(stream: IO[bytes], count: int) -> bytes:
    """``count`` bytes out of a zlib stream, and nothing beyond them."""
    machine = zlib.decompressobj()
    pieces: list[bytes] = []
    missing = count
    while missing and not machine.eof:
        packed = machine.unconsumed_tail or stream.read(_PIECE)
        if not packed:
            break
        piece = machine.decompress(packed, missing)
        pieces.append(piece)
        missing -= len(piece)
    if missing:
        raise VolumeError(f"truncated, {count - missing} bytes of voxels where {count} were declared")
    return b"".join(pieces)


def as_voxels(content: bytes, dtype: Any, shape: Sequence[int]) -> NDArray[Any]:
    """Bytes of a declared type and shape (z, y, x), x fastest, in the byte order of this machine."""
    voxels = np.frombuffer(content, dtype).reshape(tuple(shape))
    return voxels.astype(voxels.dtype.newbyteorder("="), copy=False)


def size_of(shape: Sequence[int], dtype: Any) -> int:
    """Number of bytes of voxels of this shape and type."""
    return int(math.prod(shape) * np.dtype(dtype).itemsize)


def beside(path: Path, name: str) -> Path:
    """A file that a header names, in its own folder or below; VolumeError where it would lie elsewhere."""
    folder = path.parent.resolve()
    other = path.parent / name
    try:
        inside = other.resolve().is_relative_to(folder)
    except (OSError, ValueError, RuntimeError) as error:
        raise VolumeError(f"its header names the file {name[:60]!r}, which is none") from error
    if not inside:
        raise VolumeError(f"its header names the file {name[:60]!r}, which lies outside of its folder")
    if not other.is_file():
        raise VolumeError(f"its header names the file {name[:60]!r}, which is not there")
    return other
