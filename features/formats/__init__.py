"""Files of voxels: one small file a format, found by the ending of a name; their libraries load when they are needed."""

from __future__ import annotations

from .pictures import PICTURES
from .reading import FORMATS, Format, folder_suffixes, holds_volume, read_scan, split_member, suffixes
from .sidecar import has_sidecar
from .slices import is_stack, natural

__all__ = [
    "FORMATS",
    "PICTURES",
    "Format",
    "folder_suffixes",
    "has_sidecar",
    "holds_volume",
    "is_stack",
    "natural",
    "read_scan",
    "split_member",
    "suffixes",
]
