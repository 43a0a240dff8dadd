"""Zarr stores in a folder, versions 2 and 3, OME's multiscales included: ``volume.zarr``, ``volume.zarr:path``."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import MissingExtraError, VolumeError
from ..voxels import ReadOptions, Scan, Spacing, check_size, check_type, known_spacing, metres_of, volume_shape
from .parts import the_one
from .stored import DAMAGE

_LONGEST = 1 << 22
"""Bytes of metadata at most."""
_CODECS = frozenset(
    [
        "bytes",
        "transpose",
        "blosc",
        "gzip",
        "zstd",
        "crc32c",
        "sharding_indexed",
        "zlib",
        "bz2",
        "lzma",
        "lz4",
        "shuffle",
        "delta",
        "numcodecs.zlib",
        "numcodecs.bz2",
        "numcodecs.lzma",
        "numcodecs.lz4",
        "numcodecs.shuffle",
        "numcodecs.delta",
    ]
)
"""Codecs that may pack chunks; others run code that a file names, such as pickle, or hold no numbers."""


def read(path: Path, member: str | None, options: ReadOptions) -> Scan:
    """The array of a store, the one that is named, or the full resolution of a pyramid.

    Raises VolumeError where there are several, chunks lie outside of the folder or are packed by what is not known to be
    harmless; MissingExtraError without zarr.
    """
    try:
        import zarr
    except ImportError as error:
        raise MissingExtraError("zarr", "formats", f"reading {path.name}") from error
    try:
        place, spacing = _array(path, member)
        unknown = sorted(set(_packings(_metadata(place))) - _CODECS)
        if unknown:
            raise VolumeError(f"chunks packed with {', '.join(unknown)[:80]}; expected blosc, zstd, gzip or the like")
        array = zarr.open_array(zarr.storage.LocalStore(place, read_only=True), mode="r")
        shape = volume_shape(array.shape, two_dimensional=options.two_dimensional)
        check_size(shape, options.max_voxels)
        check_type(array.dtype)
        _check_chunks(array, options)
        return Scan(np.asarray(array[...]).reshape(shape), spacing)
    except (zarr.errors.BaseZarrError, *DAMAGE) as error:
        raise VolumeError(f"expected a readable Zarr store: {error}") from error


def _array(path: Path, member: str | None) -> tuple[Path, Spacing | None]:
    """The folder of the array that was asked for, the only one, or the finest of a pyramid, and its spacing."""
    names = []
    for here, folders, files in os.walk(path):
        place = Path(here)
        if any((place / name).is_symlink() for name in (*folders, *files)):
            raise VolumeError(f"a link in {place.relative_to(path)}, which may lead anywhere; expected plain files")
        if _is_array(place):
            names.append(place.relative_to(path).as_posix())
            folders.clear()
    levels = _levels(_attributes(path))
    if member is None and levels and levels[0][0] in names:
        return path / levels[0][0], levels[0][1]
    name = the_one(sorted(names), member, path)
    return path / name, dict(levels).get(name)


def _is_array(place: Path) -> bool:
    return (place / ".zarray").is_file() or _json(place / "zarr.json").get("node_type") == "array"


def _metadata(place: Path) -> Mapping[str, Any]:
    return _json(place / "zarr.json") or _json(place / ".zarray")


def _attributes(place: Path) -> Mapping[str, Any]:
    found: Any = _json(place / "zarr.json").get("attributes") or _json(place / ".zattrs")
    return found if isinstance(found, Mapping) else {}


def _json(file: Path) -> Mapping[str, Any]:
    """An object out of a small file, empty where there is none."""
    if not file.is_file() or file.stat().st_size > _LONGEST:
        return {}
    found: Any = json.loads(file.read_bytes())
    return found if isinstance(found, Mapping) else {}


def _levels(attributes: Mapping[str, Any]) -> list[tuple[str, Spacing | None]]:
    """The arrays of a pyramid, the finest first, each with its spacing (OME-NGFF 0.4 and 0.5)."""
    said: Any = attributes.get("ome", attributes)
    found: list[tuple[str, Spacing | None]] = []
    try:
        scales = said["multiscales"][0]
        units = [axis.get("unit") if axis.get("type") == "space" else None for axis in scales["axes"]]
        for level in scales["datasets"]:
            (scale,) = [item["scale"] for item in level["coordinateTransformations"] if item["type"] == "scale"]
            metres = [(float(value), metres_of(unit)) for value, unit in zip(scale, units, strict=True)]
            edges = [value * unit for value, unit in metres[-3:] if unit is not None]
            found.append((str(level["path"]), known_spacing(*edges) if len(edges) == 3 else None))  # noqa: PLR2004
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return found
    return found


def _check_chunks(array: Any, options: ReadOptions) -> None:
    chunk = array.shards or array.chunks
    if math.prod(chunk) > options.max_voxels:
        raise VolumeError(f"chunks of {tuple(chunk)} voxels, more than the {options.max_voxels} allowed")


def _packings(metadata: Any) -> Iterator[str]:
    """The names of everything that packs chunks, at any depth of an array's metadata."""
    if isinstance(metadata, list):
        for part in metadata:
            yield from _packings(part)
    elif isinstance(metadata, Mapping):
        name = metadata.get("id", metadata.get("name"))
        if isinstance(name, str):
            yield name
        for key in ("codecs", "index_codecs", "filters", "compressor", "configuration"):
            yield from _packings(metadata.get(key))
