"""TIFF in, pore mask out: the only reader of files below the pipelines."""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..errors import VolumeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]

MAX_VOXELS = 1_000_000_000
_LABELS = 2
"""With at most this many distinct values a volume is taken as labels, not as grey."""


@dataclass(frozen=True)
class Volume:
    """A pore mask (z, y, x), read-only, with what is known of its origin.

    ``voxel_size`` is the edge of a voxel in metres, None where unknown; ``digest`` the SHA-256 of
    mask, shape and voxel size; ``pore`` the grey values taken as pore, in words; ``threshold``
    Otsu's for a grey volume, else NaN.
    """

    mask: Mask
    voxel_size: float | None
    digest: str
    pore: str
    threshold: float
    source: str | None = None


def load_volume(
    path: str | Path,
    *,
    pore: tuple[int, ...] | None = None,
    voxel_size: float | None = None,
    max_voxels: int = MAX_VOXELS,
) -> Volume:
    """The volume in a TIFF file; raises VolumeError naming the file.

    The voxel size is the caller's to know: resolution tags are not read, they are wrong in practice.
    """
    voxels = read_voxels(path, max_voxels=max_voxels)
    try:
        mask, values, threshold = binarise(voxels, pore)
        checked_voxel_size(voxel_size)
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error
    mask.flags.writeable = False
    return Volume(mask, voxel_size, digest(mask, voxel_size), _pore_in_words(values, threshold), threshold, str(path))


def read_voxels(path: str | Path, *, max_voxels: int = MAX_VOXELS) -> NDArray[Any]:
    """The raw values (z, y, x) of a multi-page, tiled, stacked or BigTIFF file.

    Raises VolumeError naming the file: missing, no TIFF, truncated, not three-dimensional, colour,
    not finite, or more voxels than ``max_voxels`` by the shape it declares, before any is read.
    """
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            _check_declaration(file, path, max_voxels)
            shape = _declared_shape(file)
            voxels = np.asarray(file.asarray(series=0)).reshape(shape)
    except FileNotFoundError as error:
        raise VolumeError(f"volume {path}: no such file") from error
    except (tifffile.TiffFileError, OSError) as error:
        raise VolumeError(f"volume {path}: expected a readable TIFF file: {error}") from error
    except (ValueError, IndexError, KeyError, TypeError, RuntimeError, struct.error) as error:
        # what decoders raise on damaged strips and tags
        raise VolumeError(f"volume {path}: damaged TIFF file: {error}") from error
    try:
        return checked_voxels(voxels)
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error


def _declared_shape(file: Any) -> tuple[int, ...]:
    """Shape of the first series without the leading axes of length 1 that formats add."""
    shape = tuple(int(length) for length in file.series[0].get_shape(squeeze=False))
    while len(shape) > 3 and 1 in shape:  # noqa: PLR2004  dimensions of space
        shape = shape[: shape.index(1)] + shape[shape.index(1) + 1 :]
    return shape


def _check_declaration(file: Any, path: str | Path, max_voxels: int) -> None:
    if _chain_is_cut(file):
        raise VolumeError(f"volume {path}: truncated, the list of its pages leads beyond the end of the file")
    if len(file.series) != 1:
        shapes = ", ".join(str(series.shape) for series in file.series)
        raise VolumeError(
            f"volume {path}: expected pages of one shape and type, got {len(file.series)} series: {shapes}"
        )
    series = file.series[0]
    page = series.keyframe
    if page.samplesperpixel != 1 or page.photometric.name in {"RGB", "PALETTE", "YCBCR", "CIELAB", "SEPARATED"}:
        raise VolumeError(f"volume {path}: expected grey values or labels, got colour ({page.photometric.name})")
    shape = _declared_shape(file)
    if len(shape) != 3:  # noqa: PLR2004  dimensions of space
        raise VolumeError(f"volume {path}: expected three dimensions (z, y, x), got {len(shape)}: shape {shape}")
    if math.prod(shape) > max_voxels:
        raise VolumeError(
            f"volume {path}: shape {shape} has {math.prod(shape)} voxels, more than the {max_voxels} allowed"
        )
    end = max((start + length for start, length in _extents(series)), default=0)
    if end > file.filehandle.size:
        raise VolumeError(f"volume {path}: truncated, {file.filehandle.size} bytes where its pages reach to {end}")


def _extents(series: Any) -> list[tuple[int, int]]:
    """Offset and length of everything stored, pages that share one stretch included."""
    if series.dataoffset is not None and not series.keyframe.is_tiled and series.keyframe.compression == 1:
        return [(series.dataoffset, series.nbytes)]
    return [
        (start, length)
        for page in series
        if page is not None
        for start, length in zip(page.dataoffsets, page.databytecounts, strict=True)
    ]


def _chain_is_cut(file: Any) -> bool:
    """Whether a link in the chain of page directories leads beyond the end of the file."""
    handle, tiff, size = file.filehandle, file.tiff, file.filehandle.size
    handle.seek(tiff.offsetsize if tiff.offsetsize == 8 else 4)  # noqa: PLR2004  BigTIFF
    seen = set()
    position = _number(handle, tiff.offsetformat)
    while position and position not in seen:
        if position + tiff.tagnosize > size:
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
    if voxels.dtype.kind not in "buif":
        raise VolumeError(f"expected booleans, integers or real numbers, got {voxels.dtype}")
    if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
        raise VolumeError("expected finite grey values, got NaN or infinity")
    return voxels


def checked_voxel_size(voxel_size: float | None) -> float | None:
    """The edge of a voxel if it is a length or unknown, else VolumeError."""
    if voxel_size is not None and not (math.isfinite(voxel_size) and voxel_size > 0.0):
        raise VolumeError(f"expected a positive voxel size in metres, got {voxel_size!r}")
    return voxel_size


def binarise(voxels: NDArray[Any], pore: tuple[int, ...] | None = None) -> tuple[Mask, tuple[int, ...], float]:
    """The pore mask, the values taken as pore, and the threshold (NaN for labels).

    ``pore`` names the values that are pore. Without it nonzero is pore where the volume holds at
    most two values, one of them 0 (0/1, 0/255, bool); other volumes are grey: Otsu's threshold
    (doi:10.1109/TSMC.1979.4310076), darker is pore. Raises VolumeError where that decides nothing.
    """
    voxels = checked_voxels(voxels)
    if voxels.dtype.kind == "b" and pore is None:
        return np.array(voxels, order="C"), (1,), math.nan
    values = _distinct(voxels)
    if pore is not None:
        if not pore:
            raise VolumeError("expected at least one pore value, got none")
        if len(values) > 1 and not set(pore).intersection(values):
            raise VolumeError(f"no voxel has a pore value {', '.join(map(str, pore))}; there are {_listed(values)}")
        mask = voxels == pore[0]
        for value in pore[1:]:
            mask |= voxels == value
        return np.ascontiguousarray(mask), tuple(pore), math.nan
    if len(values) <= _LABELS:
        if len(values) == _LABELS and 0 not in values:
            raise VolumeError(f"values {_listed(values)}, neither is 0: say which is pore")
        return np.ascontiguousarray(voxels != 0), tuple(int(value) for value in values if value), math.nan
    from skimage.filters import threshold_otsu

    threshold = float(threshold_otsu(voxels))
    return np.ascontiguousarray(voxels <= threshold), (), threshold


def _distinct(voxels: NDArray[Any]) -> list[float]:
    """The distinct values in order, plane by plane and no more than can be labels where there are many."""
    if voxels.dtype.kind == "u" and voxels.dtype.itemsize <= 2:  # noqa: PLR2004  bytes of uint16
        seen = np.zeros(np.iinfo(voxels.dtype).max + 1, np.bool_)
        for plane in voxels:
            seen[plane] = True
        return [int(value) for value in np.flatnonzero(seen)]
    found: set[float] = set()
    for plane in voxels:
        found.update(np.unique(plane).tolist())
    return sorted(found)


def _listed(values: Sequence[float]) -> str:
    shown = ", ".join(f"{value:g}" for value in values[:8])
    return shown if len(values) <= 8 else f"{shown}, … ({len(values)} values)"  # noqa: PLR2004  what fits a line


def _pore_in_words(values: tuple[int, ...], threshold: float) -> str:
    if not math.isnan(threshold):
        return f"<= {threshold:g}"
    return ",".join(map(str, values)) or "nonzero"


def as_mask(voxels: Any, pore: tuple[int, ...] | None = None) -> Mask:
    """The pore mask of an array as given to ``describe``; raises VolumeError for what is no volume."""
    return binarise(checked_voxels(voxels), pore)[0]


def digest(mask: Mask, voxel_size: float | None = None) -> str:
    """SHA-256 of a pore mask, its shape and its voxel size, in hexadecimal."""
    state = hashlib.sha256(f"{mask.shape}|{voxel_size!r}|".encode())
    state.update(np.packbits(mask).tobytes())
    return state.hexdigest()
