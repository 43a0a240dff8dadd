"""TIFF files as volumes, and what is said of files of no known ending, which are taken for TIFF."""

from __future__ import annotations

from pathlib import Path

from ..tiff import read_tiff
from ..voxels import ReadOptions, Scan


def read(path: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The slices of a file and what it says of their spacing."""
    return read_tiff(path, options)
