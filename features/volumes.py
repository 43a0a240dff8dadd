"""Volumes: pore masks from files and arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ..array_types import Mask
from ..errors import VolumeError
from .arguments import Edge, Pore, checked_edge, edge_of, pore_values
from .formats import read_scan
from .sample import Sample, sample_of
from .segmentation import Segmented, segment
from .spacing import TESTED_RATIO, elongated
from .voxels import (
    MAX_VOXELS,
    ReadOptions,
    Scan,
    Spacing,
    checked_voxels,
    is_cubic,
    same_edge,
    spacing_in_words,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


VoxelSize: TypeAlias = "Edge | Literal['file'] | None"
"""The edge of a voxel in metres, or three (z, y, x), ``file`` for what the file itself states, None where unknown."""
PLAUSIBLE_EDGES = (1e-10, 1e-3)
"""Edges of a voxel in metres between those of an atom and of a pebble; others are nearly always a slip of the unit."""


@dataclass(frozen=True)
class Volume:
    """A pore mask (z, y, x), read-only, with what is known of its origin.

    ``voxel_size`` is the edge of a cubic voxel in metres, or its edges (z, y, x), None where unknown; ``digest`` the SHA-256 of mask, shape, voxel size and
    sample; ``pore`` the grey values taken as pore, in words; ``threshold`` Otsu's for a grey volume, else NaN.
    ``spacing`` is what the file states of it, in metres along z, y and x; ``sample`` which part of the box is sample, None
    where all of it is; ``notes`` are sentences that a reader of the results should know.
    """

    mask: Mask
    voxel_size: float | Spacing | None
    digest: str
    pore: str
    threshold: float
    source: str | None = None
    spacing: Spacing | None = None
    sample: Sample | None = None
    notes: tuple[str, ...] = ()


def load_volume(
    path: str | Path,
    *,
    pore: Pore | None = None,
    voxel_size: VoxelSize = None,
    outside: float | None = None,
    max_voxels: int = MAX_VOXELS,
    shape: tuple[int, int, int] | None = None,
    dtype: str | None = None,
    two_dimensional: bool = False,
) -> Volume:
    """The volume in a file of any format that is read (docs/files.md).

    Parameters
    ----------
    path
        The file, a folder of slices, or a member of a file as in ``scan.h5:/volume``.
    pore
        Grey value or values that are pore; None: see ``binarise``.
    voxel_size
        Edge of the voxels in metres, or three (z, y, x) where they are no cubes; ``file`` for what the file states; None:
        unknown.
    outside
        Grey value of voxels that are no part of the sample.
    max_voxels
        A file that declares more is refused before it is read.
    shape, dtype
        Of raw files: voxels along (z, y, x), and their type such as ``uint8`` or ``>u2``.
    two_dimensional
        Take a picture as a volume one layer thick.

    Returns
    -------
    Volume
        The pore mask with its digest.

    Raises
    ------
    VolumeError
        Naming the file and why it is no volume.
    SettingsError
        For a voxel size that is neither one length nor three.
    MissingExtraError
        Where the format needs a package that is not installed.

    Examples
    --------
    >>> from poregrove.features import load_volume
    >>> from poregrove.pipelines.simulate.sample import sample_folder
    >>> load_volume(sample_folder() / "images" / "sample_00000.tif", voxel_size=1e-7).mask.shape
    (64, 64, 64)

    """
    options = ReadOptions(max_voxels=max_voxels, shape=shape, dtype=dtype, two_dimensional=two_dimensional)
    scan = read_scan(path, options)
    try:
        return volume_of(scan, segment(scan.voxels, pore_values(pore), outside=outside), voxel_size, source=str(path))
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error


def volume_of(scan: Scan, found: Segmented, voxel_size: VoxelSize, *, source: str | None = None) -> Volume:
    """A segmented scan as a volume; VolumeError where its voxel size is wanted from the file and not there."""
    size, notes = size_of(scan.spacing, voxel_size)
    found.mask.flags.writeable = False
    sample = sample_of(found.inside)
    if sample is not None:
        notes = (*notes, sample.in_words())
    return Volume(
        mask=found.mask,
        voxel_size=size,
        digest=digest(found.mask, size, found.inside),
        pore=found.pore,
        threshold=found.threshold,
        source=source,
        spacing=scan.spacing,
        sample=sample,
        notes=(*scan.notes, *found.notes, *notes),
    )


def size_of(spacing: Spacing | None, wanted: VoxelSize) -> tuple[float | Spacing | None, tuple[str, ...]]:
    """The edge or edges of a voxel in metres by what a file states and what is wanted, and remarks on them."""
    size = _stated(spacing) if wanted == "file" else edge_of(wanted)
    odd: list[str] = []
    if size is None:
        if spacing is not None and not is_cubic(spacing):
            stated = spacing_in_words(spacing)
            odd.append(f"the file's own voxel spacing is not cubic, {stated}; lengths and transport assume cubes")
        return None, tuple(odd)
    edges = size if isinstance(size, tuple) else (size, size, size)
    odd += [implausible(edge) for edge in set(edges) if not PLAUSIBLE_EDGES[0] <= edge <= PLAUSIBLE_EDGES[1]]
    if max(edges) > TESTED_RATIO * min(edges):
        odd.append(elongated(edges))
    if spacing is not None and not all(map(same_edge, edges, spacing)):
        said = " x ".join(f"{edge:g}" for edge in edges) + " m (z, y, x)" if isinstance(size, tuple) else f"{size:g} m"
        odd.append(f"the voxel size {said} contradicts the file's own, {spacing_in_words(spacing)}")
    return size, tuple(odd)


def _stated(spacing: Spacing | None) -> float | Spacing | None:
    """The edge or edges of a voxel that a file states; VolumeError where it states none."""
    if spacing is None:
        raise VolumeError("expected a voxel size in the file, it states none; give it in metres with --voxel-size")
    return checked_edge(spacing)


def implausible(size: float) -> str:
    """Remarks on an implausible edge of a voxel, in metres."""
    low, high = PLAUSIBLE_EDGES
    return f"a voxel size of {size:g} m is no microstructure's, which lie from {low:g} to {high:g} m: is it in metres?"


def read_voxels(path: str | Path, *, max_voxels: int = MAX_VOXELS) -> NDArray[Any]:
    """The raw values (z, y, x) of a file of any format that is read.

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
    return read_scan(path, ReadOptions(max_voxels=max_voxels)).voxels


def binarise(
    voxels: NDArray[Any], pore: Pore | None = None, *, outside: float | None = None
) -> tuple[Mask, tuple[float, ...], float]:
    """The pore mask, the values taken as pore, and the threshold (NaN for labels).

    ``pore`` names the value or values that are pore. Without it nonzero is pore where the volume holds at most two
    values, one of them 0 (0/1, 0/255, bool); more than 16 values are grey, and darker than Otsu's threshold is pore.
    Voxels of the value ``outside`` are no part of the sample. Raises VolumeError where that decides nothing.

    Parameters
    ----------
    voxels
        Values (z, y, x): booleans, integers or real numbers.
    pore
        Grey value or values that are pore.
    outside
        Grey value of voxels that are no part of the sample.

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
    found = segment(checked_voxels(voxels), pore_values(pore), outside=outside)
    return found.mask, found.values, found.threshold


def as_mask(voxels: Any, pore: Pore | None = None) -> Mask:
    """The pore mask of an array as given to ``describe``; raises VolumeError for what is no volume."""
    return binarise(voxels, pore)[0]


def resized(volume: Volume, edge: float | Spacing) -> Volume:
    """The same volume with voxels of another edge, or other edges, in metres."""
    if edge == volume.voxel_size:
        return volume
    if volume.sample is None:
        return replace(volume, voxel_size=edge, digest=digest(volume.mask, edge))
    # which voxels are of the sample is in the digest alone
    return replace(volume, voxel_size=edge, digest=hashlib.sha256(f"{volume.digest}|{edge!r}".encode()).hexdigest())


def digest(mask: Mask, voxel_size: float | Spacing | None = None, inside: Mask | None = None) -> str:
    """SHA-256 of a pore mask, its shape, its voxel size and which voxels are of the sample, in hexadecimal."""
    state = hashlib.sha256(f"{mask.shape}|{voxel_size!r}|".encode())
    state.update(np.packbits(mask).tobytes())
    if inside is not None and not inside.all():
        state.update(b"|inside|" + np.packbits(inside).tobytes())
    return state.hexdigest()
