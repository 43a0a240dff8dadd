"""The pore phase: one convention for a data set, found from the porosity that its rows state."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ...errors import SettingsError, VolumeError
from ...features.formats import read_scan
from ...features.levels import Levels, levels_of
from ...features.phases import Values, phase_volumes
from ...features.segmentation import segment
from ...features.volumes import Volume, VoxelSize
from ...features.volumes import volume_of as _volume_of
from ...features.voxels import ReadOptions, Scan, Spacing
from ..settings import VolumeSettings
from .voxel_sizes import columns_of

__all__ = [
    "Levels",
    "PoreConvention",
    "infer_convention",
    "levels_of",
    "open_volume",
    "outside_value",
    "parse_pore",
    "read_options",
    "volume_of",
    "volume_of_scan",
]

S = TypeVar("S")
Rule = Literal["upper", "lower", "named", "assumed"]
_PAIR = 2
TOLERANCE = 0.02
"""Largest mean |measured - stated porosity| at which a porosity names labels among several."""
_CLEARLY = 2.0
"""... and how many times closer it must lie to the stated one than any other choice of labels."""
_MOST_CHOSEN_FROM = 10
"""Labels of a set whose unions are tried; of more, every label alone."""
_MOST_VOTERS = 200
"""Volumes that vote on labels, evenly spread over the set."""


@dataclass(frozen=True)
class PoreConvention:
    """The convention of a data set, and the evidence for it.

    ``rule``: pore is the ``upper`` or ``lower`` phase by the stated porosity; the values ``named`` by the user or, among
    several labels, by the stated porosity; or ``assumed`` by the one rule of ``segment`` without such evidence.
    ``error`` and ``error_otherwise`` are the mean |measured - stated porosity| under this convention
    and under its best alternative, over ``compared`` volumes.
    """

    rule: Rule
    lowest: float = 0.0
    """Lowest label of the set, which decides the phase of a volume of one value only."""
    named: tuple[float, ...] = ()
    error: float = math.nan
    error_otherwise: float = math.nan
    compared: int = 0
    voxel_sizes: Mapping[str, float | Spacing] = field(default_factory=dict, compare=False, repr=False)
    """Edge of a voxel in metres, or three, by the path of the volume, where columns of the data set give it."""

    def same_as(self, other: PoreConvention) -> bool:
        """Whether every volume is read alike under both, whatever speaks for them."""
        return (self.rule, self.lowest, self.named) == (other.rule, other.lowest, other.named)

    @property
    def upper(self) -> bool | None:
        """Whether the upper of two phases is pore; None where that is not known."""
        return None if self.rule in ("assumed", "named") else self.rule == "upper"


def parse_pore(text: str | None) -> tuple[float, ...]:
    """Grey values from ``VALUE[,VALUE]``; empty for None. Raises SettingsError."""
    return () if text is None else tuple(_value(part, "pore", text) for part in text.split(","))


def outside_value(settings: VolumeSettings) -> float | None:
    """The value of voxels that are no part of the sample, None where there are none. Raises SettingsError."""
    return None if settings.outside is None else _value(settings.outside, "outside", settings.outside)


def _value(part: str, name: str, text: str) -> float:
    try:
        value = float(part)
    except ValueError as error:
        raise SettingsError(f"{name} expects grey values such as 255 or 0,2, got {text!r}") from error
    if not math.isfinite(value):
        raise SettingsError(f"{name} expects grey values such as 255 or 0,2, got {text!r}")
    return int(value) if value.is_integer() else value


def read_options(settings: VolumeSettings) -> ReadOptions:
    """Options of the settings for files that do not state how to read them."""
    return ReadOptions(
        max_voxels=settings.max_voxels,
        shape=_shape(settings.shape),
        dtype=settings.dtype,
        two_dimensional=settings.two_dimensional,
    )


def _shape(text: str | None) -> tuple[int, int, int] | None:
    if text is None:
        return None
    try:
        z, y, x = (int(part) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(f"shape expects Z,Y,X such as 48,64,64, got {text!r}") from error
    if min(z, y, x) < 1:
        raise SettingsError(f"shape expects lengths from 1, got {text!r}")
    return z, y, x


def _voxel_size(phase: PoreConvention, settings: VolumeSettings, source: str | None) -> VoxelSize:
    """The edge of a voxel that the settings give a volume, or where it is to be read."""
    columns = columns_of(settings.voxel_size_from)
    if not columns:
        return settings.voxel_size if settings.voxel_size_from is None else "file"
    size = phase.voxel_sizes.get(source or "")
    if size is None:
        raise VolumeError(f"expected a voxel size in the column {', '.join(columns)!r}, no row gives one")
    return size


def infer_convention(levels: Sequence[Levels], stated: Sequence[float], pore: str | None) -> PoreConvention:
    """The convention for volumes with these levels and stated porosities (NaN where none is stated).

    A porosity outside (0, 1) has no vote, nor has a volume of one value where it says nothing. Of the two phases of
    volumes of two values the one with the smaller summed |measured - stated| wins, since a porosity near one half cannot
    decide alone. Where some volume holds more labels, the label or union of labels wins that lies within 0.02 of the
    stated porosity over the set, if it lies clearly closer than any other.
    """
    if named := parse_pore(pore):
        return PoreConvention("named", named=named)
    labels = [item.values[0] for item in levels if item.values]
    lowest = min(labels, default=0.0)
    given = np.array(stated, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        of_one = np.array([len(item.values) == 1 for item in levels], bool)
        told = np.isfinite(given) & (((given > 0.0) & (given < 1.0)) | of_one)
    if any(len(item.values) > _PAIR for item in levels):
        return _by_labels(levels, given, told) or PoreConvention("assumed", lowest)
    upper = np.array([_upper_share(item, lowest) for item in levels])
    known = told & np.isfinite(upper)
    if not known.any():
        return PoreConvention("assumed", lowest)
    as_upper = float(np.abs(upper - given)[known].mean())
    as_lower = float(np.abs(1.0 - upper - given)[known].mean())
    rule: Rule = "upper" if as_upper <= as_lower else "lower"
    return PoreConvention(rule, lowest, (), min(as_upper, as_lower), max(as_upper, as_lower), int(known.sum()))


def _by_labels(levels: Sequence[Levels], given: NDArray[np.float64], told: NDArray[np.bool_]) -> PoreConvention | None:
    """The label, or the union of labels, whose share is the stated porosity over the set; None where none is clearly."""
    voters = [number for number in map(int, np.flatnonzero(told)) if levels[number].values]
    if not voters:
        return None
    voters = [voters[place] for place in np.unique(np.linspace(0, len(voters) - 1, _MOST_VOTERS).astype(int))]
    names = sorted({value for number in voters for value in levels[number].values})
    shares = np.zeros((len(voters), len(names)))
    for row, number in enumerate(voters):
        for value, share in zip(levels[number].values, levels[number].shares, strict=True):
            shares[row, names.index(value)] = share
    choices = list(_choices(len(names)))
    errors = np.array([np.abs(shares[:, list(choice)].sum(axis=1) - given[voters]).mean() for choice in choices])
    order = np.argsort(errors, kind="stable")
    best, second = float(errors[order[0]]), float(errors[order[min(1, len(order) - 1)]])
    if best > TOLERANCE or second < _CLEARLY * best:
        return None
    pore = tuple(names[place] for place in choices[int(order[0])])
    return PoreConvention("named", names[0], pore, best, second, len(voters))


def _choices(labels: int) -> Iterator[tuple[int, ...]]:
    """Sets of labels that may be pore together, single ones first; never all of them."""
    largest = labels - 1 if labels <= _MOST_CHOSEN_FROM else 1
    for size in range(1, largest + 1):
        yield from itertools.combinations(range(labels), size)


def _upper_share(levels: Levels, lowest: float) -> float:
    """Share of the upper phase; a volume of one value is all upper where other volumes go lower."""
    if len(levels.values) == 1:
        return float(levels.values[0] > lowest)
    return levels.upper_share


def open_volume(path: Path, phase: PoreConvention, settings: VolumeSettings) -> Volume:
    """One volume read under the data set's convention. Raises VolumeError naming the file."""
    scan = read_scan(path, read_options(settings))
    try:
        return volume_of_scan(scan, phase, settings, source=str(path))
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error


def open_phases(path: Path, phases: Values, convention: PoreConvention, settings: VolumeSettings) -> dict[str, Volume]:
    """A volume for each of several phases of one file. Raises VolumeError naming the file."""
    scan = _through_first_axis(read_scan(path, read_options(settings)), settings.axis)
    try:
        size = edges_through_first_axis(_voxel_size(convention, settings, str(path)), settings.axis)
        return phase_volumes(scan, phases, size, source=str(path))
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error


def volume_of(
    voxels: NDArray[Any], phase: PoreConvention, settings: VolumeSettings, *, source: str | None = None
) -> Volume:
    """Raw values (z, y, x) as a volume under the data set's convention. Raises VolumeError."""
    return volume_of_scan(Scan(voxels), phase, settings, source=source)


def through_first_axis(voxels: NDArray[Any], axis: int) -> NDArray[Any]:
    """The array with ``axis``, which leads through the electrode, in front."""
    return voxels if axis == 0 else np.ascontiguousarray(np.moveaxis(voxels, axis, 0))


def edges_through_first_axis(size: S, axis: int) -> S:
    """The edges of a voxel in the order of the array of ``through_first_axis``; one edge, or none, stays what it is."""
    if not isinstance(size, tuple):
        return size
    return cast("S", (size[axis], *(edge for other, edge in enumerate(size) if other != axis)))


def _through_first_axis(scan: Scan, axis: int) -> Scan:
    return replace(
        scan, voxels=through_first_axis(scan.voxels, axis), spacing=edges_through_first_axis(scan.spacing, axis)
    )


def volume_of_scan(scan: Scan, phase: PoreConvention, settings: VolumeSettings, *, source: str | None) -> Volume:
    """What was read from a file as a volume under the data set's convention. Raises VolumeError without the file's name."""
    scan = _through_first_axis(scan, settings.axis)
    found = segment(
        scan.voxels,
        phase.named or None,
        outside=outside_value(settings),
        upper=phase.upper,
        lowest=phase.lowest,
    )
    size = edges_through_first_axis(_voxel_size(phase, settings, source), settings.axis)
    return _volume_of(scan, found, size, source=source)
