"""TIFF files as volumes, and the errors for files of no known suffix, which are taken for TIFF."""

from __future__ import annotations

from pathlib import Path

from ..tiff import read_tiff
from ..voxels import ReadOptions, Scan


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The slices of a file and the spacing that it states."""
    return read_tiff(path, options)
