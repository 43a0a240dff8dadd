"""Voxels without any header: ``.raw``, ``.bin``, ``.dat``; shape and type come from the caller or a sidecar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan, check_size, check_type
from .sidecar import sidecar_of
from .stored import as_voxels, exactly, size_of


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The voxels of a file of exactly the length that shape and type make."""
    beside = sidecar_of(path)
    shape = options.shape or (None if beside is None else beside.shape)
    named = options.dtype or (None if beside is None else beside.dtype)
    if shape is None or named is None:
        raise VolumeError(
            "raw voxels say neither shape nor type: give both with --shape Z,Y,X --dtype uint8, or in a sidecar "
            f"{path.name}.json"
        )
    dtype = dtype_of(named)
    check_size(shape, options.max_voxels)
    offset = 0 if beside is None else beside.offset
    size, expected = path.stat().st_size, size_of(shape, dtype)
    if offset < 0 or size - offset != expected:
        raise VolumeError(
            f"{size - offset} bytes, expected {expected} for shape {shape} of {dtype}"
            + (f" after {offset} bytes of header" if offset else "")
        )
    with path.open("rb") as stream:
        stream.seek(offset)
        voxels = as_voxels(exactly(stream, expected), dtype, shape)
    return Scan(voxels, None if beside is None else beside.spacing)


def dtype_of(name: str) -> np.dtype[Any]:
    """A type of voxels by NumPy's name, such as uint8, >u2 or float32; VolumeError for others."""
    try:
        dtype = np.dtype(name)
    except (TypeError, ValueError, SyntaxError) as error:
        raise VolumeError(f"expected a type such as uint8, >u2 or float32, got {name[:40]!r}") from error
    check_type(dtype)
    return dtype
