"""Voxels out of TIFF files, and out of nothing that a file says about itself untested."""

from __future__ import annotations

import itertools
import math
import os
import re
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import VolumeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_VOXELS = 1_000_000_000
_SHOWN = 8
"""Sizes that a message lists."""
_REAL = "buif"
"""Kinds of numpy types that hold voxels."""
_FOREIGN = ("ome", "mmstack", "ndtiff")
"""Formats whose readers open whatever files the volume names, or make as many pages as it claims to have."""
_OME_SIZE = re.compile(r"\bSize([ZCT])\s*=\s*[\"'](\d{1,18})[\"']")
_DAMAGE = (
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
    struct.error,
)
"""What tifffile and its decoders raise on tags that contradict one another and on damaged bytes."""


def read_voxels(path: str | Path, *, max_voxels: int = MAX_VOXELS) -> NDArray[Any]:
    """The raw values (z, y, x) of a multi-page, tiled, stacked or BigTIFF file.

    Raises VolumeError naming the file: missing, no TIFF, truncated, not three-dimensional, colour,
    not finite, compressed by a codec that is missing or unbounded, or more voxels than
    ``max_voxels`` by the shape it declares, before any is read. No other file is ever opened.

    Parameters
    ----------
    path
        The file.
    max_voxels
        A file that declares more is refused.

    Returns
    -------
    array
        Values (z, y, x) as the file holds them.

    Raises
    ------
    VolumeError
        Naming the file and why it is no volume.

    Examples
    --------
    >>> from poregrove.features import read_voxels
    >>> from poregrove.pipelines.simulate.sample import sample_folder
    >>> read_voxels(sample_folder() / "images" / "sample_00000.tif").shape
    (64, 64, 64)

    """
    import tifffile

    try:
        _check_kind(path)
        with tifffile.TiffFile(path, **{f"is_{kind}": False for kind in _FOREIGN}) as file:
            _check_declaration(file, path, max_voxels)
            shape = _declared_shape(file)
            # one thread, so that no more than one strip or tile is unpacked at a time
            voxels = np.asarray(file.asarray(series=0, maxworkers=1)).reshape(shape)
    except FileNotFoundError as error:
        raise VolumeError(f"volume {path}: no such file") from error
    except (tifffile.TiffFileError, OSError) as error:
        raise VolumeError(f"volume {path}: expected a readable TIFF file: {error}") from error
    except ImportError as error:
        raise VolumeError(f"volume {path}: its codec is not installed ({error}): pip install imagecodecs") from error
    except _DAMAGE as error:
        raise VolumeError(f"volume {path}: damaged TIFF file: {str(error) or type(error).__name__}") from error
    try:
        return checked_voxels(voxels)
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error


def _check_kind(path: str | Path) -> None:
    """Only regular files are opened: a pipe would wait for ever, a device might never end."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  a str would do
    except ValueError as error:  # NUL, or characters that no file name has
        raise VolumeError(f"volume {str(path)!r}: expected the name of a file: {error}") from error
    if not stat.S_ISREG(mode):
        raise VolumeError(f"volume {path}: expected a file, got a folder, pipe or device")


def _declared_shape(file: Any) -> tuple[int, ...]:
    """Shape of the first series without the leading axes of length 1 that formats add."""
    shape = tuple(int(length) for length in file.series[0].get_shape(squeeze=False))
    while len(shape) > 3 and 1 in shape:  # noqa: PLR2004  dimensions of space
        shape = shape[: shape.index(1)] + shape[shape.index(1) + 1 :]
    return shape


def _check_declaration(file: Any, path: str | Path, max_voxels: int) -> None:
    if _chain_is_cut(file):
        raise VolumeError(
            f"volume {path}: truncated or damaged, the list of its pages leads beyond the end of the file or back"
        )
    if len(file.series) != 1:
        shapes = ", ".join(str(series.shape) for series in file.series)
        raise VolumeError(
            f"volume {path}: expected pages of one shape and type, got {len(file.series)} series: {shapes}"
        )
    series = file.series[0]
    page = series.keyframe
    if page.samplesperpixel != 1 or page.photometric.name in {"RGB", "PALETTE", "YCBCR", "CIELAB", "SEPARATED"}:
        raise VolumeError(f"volume {path}: expected grey values or labels, got colour ({page.photometric.name})")
    _check_type(page.dtype, path)
    _check_codec(page, path)
    shape = _declared_shape(file)
    if len(shape) != 3:  # noqa: PLR2004  dimensions of space
        raise VolumeError(f"volume {path}: expected three dimensions (z, y, x), got {len(shape)}: shape {shape}")
    if math.prod(shape) > max_voxels:
        raise VolumeError(
            f"volume {path}: shape {shape} has {math.prod(shape)} voxels, more than the {max_voxels} allowed"
        )
    if page.is_tiled and math.prod(page.tile) > max_voxels:
        raise VolumeError(f"volume {path}: tiles of {page.tile} voxels, more than the {max_voxels} allowed")
    _check_planes(file, path)
    extents = _extents(series)
    if any(length == 0 for _, length in extents):
        raise VolumeError(f"volume {path}: incomplete, some of its pages, strips or tiles were never written")
    end = max((start + length for start, length in extents), default=0)
    if end > file.filehandle.size:
        raise VolumeError(f"volume {path}: truncated, {file.filehandle.size} bytes where its pages reach to {end}")


def _extents(series: Any) -> list[tuple[int, int]]:
    """Offset and length of everything stored, pages that share one stretch included."""
    if series.dataoffset is not None and not series.keyframe.is_tiled and series.keyframe.compression == 1:
        return [(series.dataoffset, series.nbytes)]
    stored = [
        zip(page.dataoffsets, page.databytecounts, strict=True) if page is not None else [(0, 0)] for page in series
    ]
    return list(itertools.chain.from_iterable(stored))


def _check_planes(file: Any, path: str | Path) -> None:
    """What descriptions say of the planes must be what is there: a second channel is no further depth."""
    pages, planes = len(file.pages), _declared_shape(file)[0]
    first = file.pages.first
    if first.is_ome:
        sizes = _OME_SIZE.findall(first.description)
        lengths = sorted(int(size) for _, size in sizes)
        if sorted(axis for axis, _ in sizes) != ["C", "T", "Z"] or lengths != [1, 1, pages]:
            said = " x ".join(f"Size{axis} {size}" for axis, size in sizes[:_SHOWN]) or "nothing of them"
            raise VolumeError(f"volume {path}: expected one stack of its {pages} pages, its OME-XML says {said}")
    elif pages > planes:
        raise VolumeError(f"volume {path}: {planes} of its {pages} pages make up the volume, expected all of them")


def _check_type(kind: Any, path: str | Path) -> None:
    if kind is None or np.dtype(kind).kind not in _REAL:
        raise VolumeError(f"volume {path}: expected booleans, integers or real numbers, got {kind or 'no known type'}")


def _check_codec(page: Any, path: str | Path) -> None:
    """Refuse codecs that are missing, and those whose output may be of any size, whatever the tags declare."""
    import tifffile

    code = int(page.compression)
    name = f"{getattr(page.compression, 'name', 'compression')} ({code})"
    try:
        known = code == 1 or tifffile.TIFF.DECOMPRESSORS[code] is not None
    except KeyError as error:
        why = str(error.args[0])
        remedy = ": pip install imagecodecs" if "imagecodecs" in why else ""
        raise VolumeError(f"volume {path}: compressed with {name}: {why}{remedy}") from error
    if not known or code in tifffile.TIFF.IMAGE_COMPRESSIONS:
        raise VolumeError(
            f"volume {path}: compressed with {name}, a codec of pictures whose stream alone says how large it "
            "unpacks; expected no compression, or deflate, LZW, PackBits, LZMA or Zstandard"
        )


def _chain_is_cut(file: Any) -> bool:
    """Whether a link in the chain of page directories leads beyond the end of the file, or to a page before it."""
    handle, tiff, size = file.filehandle, file.tiff, file.filehandle.size
    handle.seek(tiff.offsetsize if tiff.offsetsize == 8 else 4)  # noqa: PLR2004  BigTIFF
    seen = set()
    position = _number(handle, tiff.offsetformat)
    while position:
        # tifffile follows some circles for ever
        if position in seen or position + tiff.tagnosize > size:
            return True
        seen.add(position)
        handle.seek(position)
        end = position + tiff.tagnosize + _number(handle, tiff.tagnoformat) * tiff.tagsize
        if end + tiff.offsetsize > size:
            return True
        handle.seek(end)
        position = _number(handle, tiff.offsetformat)
    return False


def _number(handle: Any, form: str) -> int:
    return int(struct.unpack(form, handle.read(struct.calcsize(form)))[0])


def checked_voxels(voxels: Any) -> NDArray[Any]:
    """``voxels`` as an array if it is a volume of finite numbers or booleans, else VolumeError."""
    if not isinstance(voxels, np.ndarray):
        raise VolumeError(f"expected an array (z, y, x), got {type(voxels).__name__}")
    if voxels.ndim != 3:  # noqa: PLR2004  dimensions of space
        raise VolumeError(f"expected three dimensions (z, y, x), got {voxels.ndim}: shape {voxels.shape}")
    if voxels.size == 0:
        raise VolumeError(f"expected at least one voxel, got shape {voxels.shape}")
    if voxels.dtype.kind not in _REAL:
        raise VolumeError(f"expected booleans, integers or real numbers, got {voxels.dtype}")
    if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
        raise VolumeError("expected finite grey values, got NaN or infinity")
    return voxels
