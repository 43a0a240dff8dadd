"""Voxels of TIFF files, whose declarations are checked before they are used."""

from __future__ import annotations

import itertools
import math
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import VolumeError
from .tiff_layout import layout_of
from .tiff_spacing import tiff_spacing
from .voxels import ReadOptions, Scan, check_size, check_type

_SHOWN = 8
"""Sizes that a message lists."""
_COLOURS = frozenset({"RGB", "YCBCR", "CIELAB", "SEPARATED"})
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
"""Exceptions that tifffile and its decoders raise on tags that contradict one another and on damaged bytes."""


def read_tiff(path: str | Path, options: ReadOptions) -> Scan:
    """The raw values (z, y, x) of a multi-page, tiled, stacked, BigTIFF, ImageJ or OME-TIFF file, and its spacing.

    Raises VolumeError: no TIFF, truncated, incomplete, not one stack of slices, colour, alpha, bands, channels,
    compressed by a codec that is missing or unbounded, or more voxels than allowed by the shape it declares, before any
    is read. No other file is ever opened.
    """
    import tifffile

    try:
        with _opened(path) as file:
            if _chain_is_cut(file):
                raise VolumeError(
                    "truncated or damaged, the list of its pages leads beyond the end of the file or back"
                )
            series = _only_series(file)
            _check_pages(series.keyframe, options)
            layout = layout_of(series, two_dimensional=options.two_dimensional)
            check_size(layout.shape, options.max_voxels)
            _check_planes(file, math.prod(layout.shape) // max(1, series.keyframe.size))
            _check_extents(file, series)
            # one thread, so that no more than one strip or tile is unpacked at a time
            voxels = layout.apply(np.asarray(series.asarray(maxworkers=1)))
            spacing, notes = tiff_spacing(file)
            return Scan(voxels, spacing, (*_notes(series.keyframe), *notes))
    except (tifffile.TiffFileError, OSError) as error:
        raise VolumeError(f"expected a readable TIFF file: {error}") from error
    except ImportError as error:
        raise VolumeError(f"its codec is not installed ({error}): pip install imagecodecs") from error
    except _DAMAGE as error:
        raise VolumeError(f"damaged TIFF file: {str(error) or type(error).__name__}") from error


def declared_shape(path: str | Path) -> tuple[int, int, int]:
    """Shape (z, y, x) that a file declares, of depth 1 for a picture; nothing is unpacked. Raises VolumeError."""
    import tifffile

    try:
        with _opened(path) as file:
            if _chain_is_cut(file):
                raise VolumeError("truncated or damaged")
            return layout_of(_only_series(file), two_dimensional=True).shape
    except (tifffile.TiffFileError, OSError, ImportError, *_DAMAGE) as error:
        raise VolumeError(f"expected a readable TIFF file: {error}") from error


def _opened(path: str | Path) -> Any:
    """The file, whose pages are one series where each was written with a description of itself alone."""
    import tifffile

    flags = {f"is_{kind}": False for kind in _FOREIGN}
    file = tifffile.TiffFile(path, **flags)
    try:
        cut = _chain_is_cut(file)
        alike = set() if cut else {(item.kind, item.axes, item.shape, str(item.dtype)) for item in file.series}
        alone = len(alike) == 1 and next(iter(alike))[:2] == ("shaped", "YX") and len(file.series) > 1
    except BaseException:
        file.close()
        raise
    if not alone:
        return file
    file.close()
    return tifffile.TiffFile(path, is_shaped=False, **flags)


def _only_series(file: Any) -> Any:
    """The one series of pages; thumbnails and masks, which say that they are, do not count."""
    kept = [series for series in file.series if not (series.keyframe.is_reduced or series.keyframe.is_mask)]
    if len(kept) != 1:
        shapes = ", ".join(str(series.shape) for series in kept[:_SHOWN])
        more = f" and {len(kept) - _SHOWN} more" if len(kept) > _SHOWN else ""
        raise VolumeError(f"expected pages of one shape and type, got {len(kept)} series: {shapes}{more}")
    return kept[0]


def _check_pages(page: Any, options: ReadOptions) -> None:
    if page.samplesperpixel != 1:
        raise VolumeError(f"expected one grey value or label a voxel, got {_samples_in_words(page)}")
    if page.photometric.name in _COLOURS:
        raise VolumeError(f"expected grey values or labels, got colour ({page.photometric.name})")
    check_type(page.dtype)
    _check_codec(page)
    if page.is_tiled and math.prod(page.tile) > options.max_voxels:
        raise VolumeError(f"tiles of {page.tile} voxels, more than the {options.max_voxels} allowed")


def _samples_in_words(page: Any) -> str:
    """Describe the samples a pixel of a file that has several, and the remedy."""
    number, colour = page.samplesperpixel, page.photometric.name in _COLOURS
    extra = [getattr(kind, "name", str(kind)) for kind in page.extrasamples]
    if colour:
        return f"colour: {number} samples a pixel ({page.photometric.name}); save one channel of it"
    if number == 2 and any("ALPHA" in name for name in extra):  # noqa: PLR2004  grey and alpha
        return "2 samples a pixel, grey and alpha; save it without the alpha channel"
    return f"{number} samples a pixel (bands, not slices); save each as a page of its own"


def _check_extents(file: Any, series: Any) -> None:
    extents = _extents(series)
    if any(length == 0 for _, length in extents):
        raise VolumeError("incomplete, some of its pages, strips or tiles were never written")
    end = max((start + length for start, length in extents), default=0)
    if end > file.filehandle.size:
        raise VolumeError(f"truncated, {file.filehandle.size} bytes where its pages reach to {end}")


def _notes(page: Any) -> tuple[str, ...]:
    """Remarks on values that viewers show otherwise than they are stored."""
    if page.photometric.name == "MINISWHITE":
        return ("MINISWHITE: viewers show 0 as white; values are taken as they are stored",)
    if page.photometric.name == "PALETTE":
        return ("a colour table: the stored indices are taken as labels, their colours are not used",)
    return ()


def _extents(series: Any) -> list[tuple[int, int]]:
    """Offset and length of everything stored, pages that share one stretch included."""
    if series.dataoffset is not None and not series.keyframe.is_tiled and series.keyframe.compression == 1:
        return [(series.dataoffset, series.nbytes)]
    stored = [
        zip(page.dataoffsets, page.databytecounts, strict=True) if page is not None else [(0, 0)] for page in series
    ]
    return list(itertools.chain.from_iterable(stored))


def _check_planes(file: Any, planes: int) -> None:
    """Check that the planes are those that the descriptions declare: a second channel is no further depth."""
    first, pages = file.pages.first, len(file.pages)
    if pages > planes:
        pages -= sum(bool(page.is_reduced or page.is_mask) for page in file.pages)
    if first.is_ome:
        sizes = _OME_SIZE.findall(first.description)
        lengths = sorted(int(size) for _, size in sizes)
        if sorted(axis for axis, _ in sizes) != ["C", "T", "Z"] or lengths != [1, 1, pages]:
            said = " x ".join(f"Size{axis} {size}" for axis, size in sizes[:_SHOWN]) or "nothing of them"
            names = {"C": "channels", "T": "time points"}
            many = [f"{size} {names[axis]}" for axis, size in sizes if axis in names and int(size) > 1]
            why = f" ({', '.join(many[:_SHOWN])})" if many else ""
            raise VolumeError(f"expected one stack of its {pages} pages, its OME-XML says {said}{why}")
    elif pages > planes:
        raise VolumeError(f"{planes} of its {pages} pages make up the volume, expected all of them")
    elif file.is_imagej:
        _check_promise(file, first, pages)


def _check_promise(file: Any, first: Any, pages: int) -> None:
    """Whether ImageJ's description promises no more slices than there are; large stacks have one page for all of them."""
    promised = (file.imagej_metadata or {}).get("images", 1)
    if not isinstance(promised, int) or promised <= max(1, pages):
        return
    end = first.dataoffsets[0] + promised * first.nbytes if first.dataoffsets else 0
    if pages != 1 or first.compression != 1 or end > file.filehandle.size:
        raise VolumeError(f"incomplete, {pages} of the {promised} slices that its ImageJ description promises")


def _check_codec(page: Any) -> None:
    """Refuse codecs that are missing, and those whose output may be of any size, whatever the tags declare."""
    import tifffile

    code = int(page.compression)
    name = f"{getattr(page.compression, 'name', 'compression')} ({code})"
    try:
        known = code == 1 or tifffile.TIFF.DECOMPRESSORS[code] is not None
    except KeyError as error:
        why = str(error.args[0])
        remedy = ": pip install imagecodecs" if "imagecodecs" in why else ""
        raise VolumeError(f"compressed with {name}: {why}{remedy}") from error
    if not known or code in tifffile.TIFF.IMAGE_COMPRESSIONS:
        raise VolumeError(
            f"compressed with {name}, a codec of pictures whose stream alone says how large it "
            "unpacks; expected no compression, or deflate, LZW, PackBits, LZMA or Zstandard"
        )


def _chain_is_cut(file: Any) -> bool:
    """Whether a link in the chain of page directories leads beyond the end of the file, or to a page before it."""
    handle, tiff, size = file.filehandle, file.tiff, file.filehandle.size
    handle.seek(tiff.offsetsize if tiff.offsetsize == 8 else 4)  # noqa: PLR2004  BigTIFF
    seen = set()
    position = _number(handle, tiff.offsetformat)
    while position:
        # tifffile follows some circular links without end
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
