"""The edges of a voxel that a TIFF file states: ImageJ's calibration and OME's physical sizes.

Resolution tags alone are not read: they hold what a printer would need, and are wrong in practice.
"""

from __future__ import annotations

import re
from typing import Any

from .voxels import Spacing, known_spacing, metres_of, spacing_of

_OME_LENGTH = re.compile(r"\bPhysicalSize([XYZ])\s*=\s*[\"']([^\"']{1,40})[\"']")
_OME_UNIT = re.compile(r"\bPhysicalSize([XYZ])Unit\s*=\s*[\"']([^\"']{1,20})[\"']")


def tiff_spacing(file: Any) -> tuple[Spacing | None, tuple[str, ...]]:
    """The spacing in metres, None where the file states none, and remarks on it.

    A depth that ImageJ does not state is that of its width.
    """
    page = file.pages.first
    if page.is_ome:
        return _of_ome(page.description), ()
    return _of_imagej(file, page) if file.is_imagej else (None, ())


def _of_ome(text: str) -> Spacing | None:
    units = dict(_OME_UNIT.findall(text))
    lengths: dict[str, float] = {}
    for axis, number in _OME_LENGTH.findall(text):
        metres = metres_of(units.get(axis, "um"))  # what the standard says where there is no unit
        value = _number(number)
        if metres is not None and value is not None:
            lengths[axis] = value * metres
    return known_spacing(*(lengths.get(axis) for axis in "ZYX"))


def _of_imagej(file: Any, page: Any) -> tuple[Spacing | None, tuple[str, ...]]:
    said = file.imagej_metadata or {}
    x, y = (_edge(page, tag) for tag in ("XResolution", "YResolution"))
    unit = str(said.get("unit", ""))
    return spacing_of(_number(said.get("spacing", x)), y, x, unit)


def _edge(page: Any, tag: str) -> float | None:
    """The length of a pixel in the unit of the file: one over pixels a unit, a fraction of two whole numbers."""
    found = page.tags.get(tag)
    try:
        pixels, units = found.value
        return float(units) / float(pixels)
    except (AttributeError, TypeError, ValueError, ZeroDivisionError):
        return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
