"""TIFF in, pore mask out."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..array_types import Mask
from ..errors import VolumeError
from .arguments import Edge, Pore, edge_of, pore_values
from .tiff import MAX_VOXELS, checked_voxels, read_voxels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


__all__ = [
    "MAX_VOXELS",
    "Volume",
    "as_mask",
    "binarise",
    "checked_voxel_size",
    "checked_voxels",
    "digest",
    "load_volume",
    "read_voxels",
]

_LABELS = 2
"""With at most this many distinct values a volume is taken as labels, not as grey."""
_SHOWN = 8
"""Values that a message lists."""
_WIDEST_COUNT = 65_536
"""Integers further apart than this are parted by a histogram of bins, not by a count of each value."""


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
    pore: Pore | None = None,
    voxel_size: Edge | None = None,
    max_voxels: int = MAX_VOXELS,
) -> Volume:
    """The volume in a TIFF file; raises VolumeError naming the file.

    The voxel size is the caller's to know: resolution tags are not read, they are wrong in practice.

    Parameters
    ----------
    path
        The file.
    pore
        Grey value or values that are pore; None: see ``binarise``.
    voxel_size
        Edge of the cubic voxels in metres; None: unknown.
    max_voxels
        A file that declares more is refused before it is read.

    Returns
    -------
    Volume
        The pore mask with its digest.

    Raises
    ------
    VolumeError
        Naming the file and why it is no volume.
    SettingsError
        For voxels that are not cubic.

    Examples
    --------
    >>> from poregrove.features import load_volume
    >>> from poregrove.pipelines.simulate.sample import sample_folder
    >>> load_volume(sample_folder() / "images" / "sample_00000.tif", voxel_size=1e-7).mask.shape
    (64, 64, 64)

    """
    voxels, edge = read_voxels(path, max_voxels=max_voxels), edge_of(voxel_size)
    try:
        mask, values, threshold = binarise(voxels, pore)
        checked_voxel_size(edge)
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error
    mask.flags.writeable = False
    return Volume(mask, edge, digest(mask, edge), _pore_in_words(values, threshold), threshold, str(path))


def checked_voxel_size(voxel_size: float | None) -> float | None:
    """The edge of a voxel if it is a length or unknown, else VolumeError."""
    if voxel_size is not None and not (math.isfinite(voxel_size) and voxel_size > 0.0):
        raise VolumeError(f"expected a positive voxel size in metres, got {voxel_size!r}")
    return voxel_size


def binarise(voxels: NDArray[Any], pore: Pore | None = None) -> tuple[Mask, tuple[int, ...], float]:
    """The pore mask, the values taken as pore, and the threshold (NaN for labels).

    ``pore`` names the values that are pore. Without it nonzero is pore where the volume holds at
    most two values, one of them 0 (0/1, 0/255, bool); other volumes are grey: Otsu's threshold
    (doi:10.1109/TSMC.1979.4310076), darker is pore. Raises VolumeError where that decides nothing.

    Parameters
    ----------
    voxels
        Values (z, y, x): booleans, integers or real numbers.
    pore
        Grey value or values that are pore.

    Returns
    -------
    tuple
        The mask, the values taken as pore, and the threshold.

    Raises
    ------
    VolumeError
        For what is no volume, and where nothing says which value is pore.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import binarise
    >>> mask, values, threshold = binarise(np.array([[[0, 255, 255]]], np.uint8), pore=0)
    >>> mask.tolist(), values
    ([[[True, False, False]]], (0,))

    """
    voxels, pore = checked_voxels(voxels), pore_values(pore)
    if voxels.dtype.kind == "b" and pore is None:
        return np.array(voxels, order="C"), (1,), math.nan
    values = _distinct(voxels)
    if pore is not None:
        if not pore:
            raise VolumeError("expected at least one pore value, got none")
        mask = voxels == pore[0]
        for value in pore[1:]:
            mask |= voxels == value
        if len(values) > 1 and not mask.any():
            raise VolumeError(f"no voxel has a pore value {', '.join(map(str, pore))}; there are {_listed(values)}")
        return np.ascontiguousarray(mask), tuple(pore), math.nan
    if len(values) <= _LABELS:
        if len(values) == _LABELS and 0 not in values:
            raise VolumeError(f"values {_listed(values)}, neither is 0: say which is pore")
        return np.ascontiguousarray(voxels != 0), tuple(int(value) for value in values if value), math.nan
    threshold = _otsu(voxels)
    return np.ascontiguousarray(voxels <= threshold), (), threshold


def _otsu(voxels: NDArray[Any]) -> float:
    """Otsu's threshold; VolumeError where the values lie too close together, or too far apart, for a histogram."""
    from skimage.filters import threshold_otsu

    low, high = voxels.min().item(), voxels.max().item()
    counted = voxels.dtype.kind in "iu" and high - low < _WIDEST_COUNT
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            # of integers scikit-image counts each value that there could be, 34 GB of them for 32 bits
            grey = voxels.ravel()  # three voxels along x are no colours
            threshold = float(threshold_otsu(grey if counted or grey.dtype.kind == "f" else grey.astype(np.float64)))
    except ValueError as error:
        raise VolumeError(f"no threshold parts the grey values from {low:g} to {high:g}: {error}") from error
    if not math.isfinite(threshold):
        raise VolumeError(f"no threshold parts the grey values from {low:g} to {high:g}")
    return threshold


def _distinct(voxels: NDArray[Any]) -> list[float]:
    """The distinct values in order; of wide types, where there are many, no more than a message shows and some."""
    if voxels.dtype.kind == "u" and voxels.dtype.itemsize <= 2:  # noqa: PLR2004  bytes of uint16
        seen = np.zeros(np.iinfo(voxels.dtype).max + 1, np.bool_)
        for plane in voxels:
            seen[plane] = True
        return [int(value) for value in np.flatnonzero(seen)]
    found: set[float] = set()
    for plane in voxels:
        found.update(np.unique(plane).tolist())
        if len(found) > _SHOWN:
            break
    return sorted(found)


def _listed(values: Sequence[float]) -> str:
    shown = ", ".join(f"{value:g}" for value in values[:_SHOWN])
    return shown if len(values) <= _SHOWN else f"{shown}, …"


def _pore_in_words(values: tuple[int, ...], threshold: float) -> str:
    if not math.isnan(threshold):
        return f"<= {threshold:g}"
    return ",".join(map(str, values)) or "nonzero"


def as_mask(voxels: Any, pore: Pore | None = None) -> Mask:
    """The pore mask of an array as given to ``describe``; raises VolumeError for what is no volume."""
    return binarise(checked_voxels(voxels), pore)[0]


def digest(mask: Mask, voxel_size: float | None = None) -> str:
    """SHA-256 of a pore mask, its shape and its voxel size, in hexadecimal."""
    state = hashlib.sha256(f"{mask.shape}|{voxel_size!r}|".encode())
    state.update(np.packbits(mask).tobytes())
    return state.hexdigest()
