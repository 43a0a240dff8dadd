"""Voxels of a file of any format, and the checks that every volume must pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..errors import VolumeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_VOXELS = 1_000_000_000
_REAL = "buif"
"""Kinds of numpy types that hold voxels."""
_SAME = 1e-3
"""Edges of a voxel that differ by less than this share are equal: files round them."""

Spacing: TypeAlias = tuple[float, float, float]
"""Distances in metres between neighbouring voxels along z, y and x."""


@dataclass(frozen=True, eq=False)
class Scan:
    """The raw values (z, y, x) of a file and the facts that it states of them.

    ``spacing`` is None where the file states no lengths; ``notes`` are sentences that a reader of the results should know.
    """

    voxels: NDArray[Any]
    spacing: Spacing | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadOptions:
    """Facts of files, given by the caller, that the files do not state themselves.

    ``shape`` (z, y, x) and ``dtype`` describe raw files; ``two_dimensional`` admits pictures as volumes one layer thick.
    """

    max_voxels: int = MAX_VOXELS
    shape: tuple[int, int, int] | None = None
    dtype: str | None = None
    two_dimensional: bool = False


def checked_voxels(voxels: Any) -> NDArray[Any]:
    """``voxels`` as an array if it is a volume of finite numbers or booleans, else VolumeError."""
    if not isinstance(voxels, np.ndarray):
        raise VolumeError(f"expected an array (z, y, x), got {type(voxels).__name__}")
    if voxels.ndim != 3:  # noqa: PLR2004  dimensions of space
        raise VolumeError(f"expected three dimensions (z, y, x), got {voxels.ndim}: shape {voxels.shape}")
    if voxels.size == 0:
        raise VolumeError(f"expected at least one voxel, got shape {voxels.shape}")
    check_type(voxels.dtype)
    if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
        raise VolumeError("expected finite grey values, got NaN or infinity")
    return voxels


def check_type(kind: Any) -> None:
    """VolumeError unless numbers of this type can be voxels."""
    if kind is None or np.dtype(kind).kind not in _REAL:
        raise VolumeError(f"expected booleans, integers or real numbers, got {kind or 'no known type'}")


def check_size(shape: Sequence[int], max_voxels: int) -> None:
    """VolumeError unless a declared shape is a volume of at most ``max_voxels``; before anything is read."""
    if len(shape) != 3:  # noqa: PLR2004  dimensions of space
        raise VolumeError(f"expected three dimensions (z, y, x), got {len(shape)}: shape {tuple(shape)}")
    if any(length < 1 for length in shape):
        raise VolumeError(f"expected at least one voxel, got shape {tuple(shape)}")
    if math.prod(shape) > max_voxels:
        raise VolumeError(f"shape {tuple(shape)} has {math.prod(shape)} voxels, more than the {max_voxels} allowed")


def volume_shape(stored: Sequence[int], *, two_dimensional: bool) -> tuple[int, int, int]:
    """The shape (z, y, x) of an array whose further axes, if any, are of length 1; VolumeError for others."""
    shape = tuple(int(length) for length in stored)
    while len(shape) > 3 and 1 in shape:  # noqa: PLR2004  dimensions of space
        at = shape.index(1)
        shape = shape[:at] + shape[at + 1 :]
    if len(shape) == 2:  # noqa: PLR2004  a picture
        if not two_dimensional:
            raise VolumeError(picture(*shape))
        shape = (1, *shape)
    if len(shape) != 3:  # noqa: PLR2004  dimensions of space
        raise VolumeError(f"expected three dimensions (z, y, x), got {len(shape)}: shape {shape}")
    return shape[0], shape[1], shape[2]


def picture(height: int, width: int) -> str:
    """The message about a single picture where a volume was expected."""
    return (
        f"expected three dimensions (z, y, x), got one 2D picture of {height} x {width} pixels; a folder of slices is one "
        "volume, and --two-dimensional takes a picture as a volume one layer thick"
    )


def spacing_of(
    z: float | None, y: float | None, x: float | None, unit: str | None
) -> tuple[Spacing | None, tuple[str, ...]]:
    """The spacing in metres that a file states, None without a unit of length; unequal edges are reported even then."""
    edges, metres = known_spacing(z, y, x), metres_of(unit)
    if edges is None:
        return None, ()
    if metres is not None:
        return known_spacing(*(edge * metres for edge in edges)), ()
    if is_cubic(edges):
        return None, ()
    said = " x ".join(f"{edge:.6g}" for edge in edges)
    return None, (
        f"the file's own voxel spacing is not cubic, {said} (z, y, x) without a unit; lengths and transport assume cubes",
    )


def is_cubic(spacing: Spacing) -> bool:
    """Whether the three edges of a voxel are the same, to a thousandth."""
    return max(spacing) - min(spacing) <= _SAME * max(spacing)


def same_edge(one: float, other: float) -> bool:
    """Whether two edges of a voxel are the same, to a thousandth."""
    return abs(one - other) <= _SAME * max(one, other)


def known_spacing(z: float | None, y: float | None, x: float | None) -> Spacing | None:
    """The spacing of three edges in metres, None unless all are lengths."""
    edges = (z, y, x)
    known = tuple(edge for edge in edges if edge is not None and math.isfinite(edge) and edge > 0.0)
    return (known[0], known[1], known[2]) if len(known) == 3 else None  # noqa: PLR2004  dimensions of space


def spacing_in_words(spacing: Spacing) -> str:
    """The edges of a voxel as messages write them: one where they are equal, else z x y x x."""
    if is_cubic(spacing):
        return f"{spacing[2]:.6g} m"
    return " x ".join(f"{edge:.6g}" for edge in spacing) + " m (z, y, x)"


_METRES = {"m": 1.0, "mm": 1e-3, "cm": 1e-2, "um": 1e-6, "nm": 1e-9, "pm": 1e-12, "a": 1e-10, "in": 0.0254}
_SPELLINGS = {
    "meter": "m", "metre": "m", "meters": "m", "metres": "m", "millimeter": "mm", "millimetre": "mm", "millimeters": "mm",
    "micron": "um", "microns": "um", "micrometer": "um", "micrometre": "um", "micrometers": "um", "micrometres": "um",
    "nanometer": "nm", "nanometre": "nm", "nanometers": "nm", "centimeter": "cm", "centimetre": "cm",
    "angstrom": "a", "ångström": "a", "å": "a", "inch": "in", "inches": "in",
}  # fmt: skip


def metres_of(unit: str | None) -> float | None:
    """Length of a unit in metres, None for pixels and for units of no length."""
    if not unit:
        return None
    # ImageJ writes the sign as an escape, older files as the letter of Latin-1
    word = unit.strip().replace("\\u00B5", "u").replace("\u00b5", "u").replace("\u03bc", "u").lower()
    return _METRES.get(_SPELLINGS.get(word, word))
