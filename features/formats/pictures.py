"""One 2D picture: a TIFF file of one page, PNG or BMP; grey values or labels, as they are stored."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan, check_size, picture

TIFF = (".tif", ".tiff")
PICTURES = (*TIFF, ".png", ".bmp")
_MODES = {"1": "bool", "L": "uint8", "P": "uint8", "I;16": "uint16", "I;16B": "uint16", "I": "int32"}
"""Pillow's names of what a pixel holds, with the type that holds it."""
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
)
"""Exceptions that Pillow and its decoders raise on damaged files."""
_PALETTE = "a colour table: the stored indices are taken as labels, their colours are not used"


def picture_shape(path: Path) -> tuple[int, int] | None:
    """Height and width of a file that is one picture, None of one that is not, or that cannot be read."""
    if path.suffix.lower() not in TIFF:
        return (0, 0)
    from ..tiff import declared_shape

    try:
        shape = declared_shape(path)
    except VolumeError:
        return None
    return (shape[1], shape[2]) if shape[0] == 1 else None


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """A picture as a volume where that was asked for, else VolumeError."""
    scan = read_picture(path, options)
    if not options.two_dimensional:
        raise VolumeError(picture(*scan.voxels.shape[1:]))
    return scan


def read_picture(path: Path, options: ReadOptions) -> Scan:
    """A picture as a volume (1, y, x) one layer thick; VolumeError where it is none, coloured or damaged."""
    if path.suffix.lower() in TIFF:
        from ..tiff import read_tiff

        scan = read_tiff(path, dataclasses.replace(options, two_dimensional=True))
        if scan.voxels.shape[0] != 1:
            raise VolumeError(f"expected one 2D picture, got a volume of {scan.voxels.shape[0]} layers")
        return scan
    return _read_by_pillow(path, options)


def _read_by_pillow(path: Path, options: ReadOptions) -> Scan:
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG", "BMP")) as image:
            width, height = image.size
            check_size((1, height, width), options.max_voxels)
            kind = _MODES.get(image.mode)
            if kind is None:
                alpha = (
                    " with an alpha channel; save it without"
                    if image.mode.endswith("A")
                    else "; save one channel of it"
                )
                raise VolumeError(f"expected grey values or labels, got a picture of mode {image.mode}{alpha}")
            pixels = np.asarray(image).astype(kind)[None]
            return Scan(pixels, None, (_PALETTE,) if image.mode == "P" else ())
    except (Image.DecompressionBombError, *_DAMAGE) as error:
        raise VolumeError(f"expected a readable PNG or BMP file: {error}") from error
