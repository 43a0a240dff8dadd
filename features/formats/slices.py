"""A folder of pictures as one volume: slice by slice in the natural order of their names, as ImageJ writes sequences."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import VolumeError
from ..voxels import ReadOptions, Scan, check_size
from .pictures import PICTURES, picture_shape, read_picture

_NUMBER = re.compile(r"\d+")
_SHOWN = 5
_FEWEST = 2
"""Pictures that make a stack."""


def natural(path: Path) -> tuple[Any, ...]:
    """A key by which slice2 comes before slice10."""
    parts = _NUMBER.split(path.name.casefold())
    numbers = [int(text) for text in _NUMBER.findall(path.name)]
    return tuple(parts[:1]) + tuple(item for pair in zip(numbers, parts[1:], strict=True) for item in pair)


def pictures_in(folder: Path) -> list[Path]:
    """The files of a folder that may be slices, in natural order; names that begin with a dot do not count."""
    found = (item for item in folder.iterdir() if item.suffix.lower() in PICTURES and not item.name.startswith("."))
    return sorted((item for item in found if item.is_file()), key=natural)


def is_stack(folder: Path) -> bool:
    """Whether a folder holds two or more pictures and no volume: then it is one volume, slice by slice."""
    files = pictures_in(folder)
    return len(files) >= _FEWEST and all(picture_shape(file) is not None for file in files)


def read(folder: Path, _member: str | None, options: ReadOptions) -> Scan:
    """The slices of a folder as a volume (z, y, x), the spacing that the first one states.

    Raises VolumeError naming the slice: none there, of another shape or type than the first, in colour, a number missing
    in their row, or a link that leads out of the folder.
    """
    files = pictures_in(folder)
    if not files:
        raise VolumeError(f"expected slices ({', '.join(PICTURES)}) in the folder, found none")
    _check_row(files)
    root = folder.resolve()
    first: Scan | None = None
    stack = None
    for place, file in enumerate(files):
        if not file.resolve().is_relative_to(root):
            raise VolumeError(f"slice {file.name} is a link that leads out of the folder")
        try:
            scan = read_picture(file, options)
        except VolumeError as error:
            raise VolumeError(f"slice {file.name}: {error}") from error
        plane = scan.voxels[0]
        if first is None or stack is None:
            first = scan
            check_size((len(files), *plane.shape), options.max_voxels)
            stack = np.empty((len(files), *plane.shape), plane.dtype)
        if plane.shape != stack.shape[1:] or plane.dtype != stack.dtype:
            raise VolumeError(
                f"slice {file.name}: {plane.shape} {plane.dtype}, expected {stack.shape[1:]} {stack.dtype} as in {files[0].name}"
            )
        stack[place] = plane
    if first is None or stack is None:
        raise VolumeError("expected slices in the folder, found none")
    return Scan(stack, first.spacing, first.notes)


def _check_row(files: list[Path]) -> None:
    """Numbered slices leave no gap: VolumeError names the numbers that are missing."""
    keys = [natural(file) for file in files]
    lengths = {len(key) for key in keys}
    if len(files) <= _FEWEST or len(lengths) != 1:
        return
    changing = [place for place in range(lengths.pop()) if len({key[place] for key in keys}) > 1]
    if len(changing) != 1 or not isinstance(keys[0][changing[0]], int):
        return
    numbers = [key[changing[0]] for key in keys]
    step = min(after - before for before, after in itertools.pairwise(numbers))
    if step <= 0 or len(range(numbers[0], numbers[-1] + 1, step)) > 2 * len(numbers):
        return  # names with the same number twice, or numbers that count no slices
    missing = sorted(set(range(numbers[0], numbers[-1] + 1, step)).difference(numbers))
    if missing:
        shown = ", ".join(map(str, missing[:_SHOWN])) + (", …" if len(missing) > _SHOWN else "")
        total = len(numbers) + len(missing)
        raise VolumeError(f"{len(numbers)} of {total} slices; missing from the row of numbers: {shown}")
