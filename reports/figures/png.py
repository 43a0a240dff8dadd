"""An indexed image as PNG, with the standard library's zlib."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_COLOURS = 256


def png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """``pixels`` (rows, columns) index ``palette`` (n, 3) of red, green, blue; colour 0 is transparent.

    Raises ValueError for more than 256 colours. Format: ISO/IEC 15948, colour type 3.
    """
    if len(palette) > _MOST_COLOURS:
        raise ValueError(f"a PNG palette has at most {_MOST_COLOURS} colours, got {len(palette)}")
    height, width = pixels.shape
    # each row begins with its filter: none
    rows = np.hstack([np.zeros((height, 1), np.uint8), pixels]).tobytes()
    return _SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            _chunk(b"tRNS", b"\x00"),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
