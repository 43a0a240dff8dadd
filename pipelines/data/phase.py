"""Which phase is pore: one convention for a data set, found from the porosity that its rows state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import SettingsError, VolumeError
from ...features.volumes import Volume, binarise, digest, read_voxels
from ..settings import VolumeSettings

Rule = Literal["upper", "lower", "named", "assumed"]
_LABELS = 2
"""With more distinct values than this a volume is grey."""


@dataclass(frozen=True)
class Levels:
    """The grey values of one volume, split in two: what lies at or below ``split`` is the lower phase."""

    values: tuple[float, ...]
    """Distinct values of a label volume; empty for a grey one."""
    split: float
    """Lowest label of two, Otsu's threshold of a grey volume, NaN where there is one value only."""
    upper_share: float

    @property
    def grey(self) -> bool:
        """Whether the volume was split by a threshold."""
        return not self.values


@dataclass(frozen=True)
class PoreConvention:
    """The convention of a data set, and what speaks for it.

    ``rule``: pore is the ``upper`` or ``lower`` phase by the stated porosity, the values ``named`` by
    the user, or ``assumed`` (nonzero labels; the darker side of grey volumes) where nothing tells.
    ``error`` and ``error_otherwise`` are the mean |measured - stated porosity| under this convention
    and under its opposite, over ``compared`` volumes.
    """

    rule: Rule
    lowest: float = 0.0
    """Lowest label of the set, which tells what a volume of one value only is made of."""
    named: tuple[int, ...] = ()
    error: float = math.nan
    error_otherwise: float = math.nan
    compared: int = 0

    def upper_is_pore(self, levels: Levels) -> bool:
        """Whether the upper phase of a volume is its pore space."""
        return not levels.grey if self.rule == "assumed" else self.rule == "upper"


def parse_pore(text: str | None) -> tuple[int, ...]:
    """Grey values from ``VALUE[,VALUE]``; empty for None. Raises SettingsError."""
    if text is None:
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(f"pore expects grey values such as 255 or 0,2, got {text!r}") from error


def levels_of(voxels: NDArray[Any]) -> Levels:
    """How the values of a volume split in two. Raises VolumeError for what is no volume."""
    values, counts = _counted(voxels)
    if len(values) > _LABELS:
        darker, _, threshold = binarise(voxels)
        return Levels((), threshold, 1.0 - float(darker.mean()))
    if len(values) == 1:
        return Levels((float(values[0]),), math.nan, math.nan)
    return Levels((float(values[0]), float(values[1])), float(values[0]), float(counts[1] / voxels.size))


def _counted(voxels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    if voxels.dtype in (np.uint8, np.bool_):
        counts = np.bincount(voxels.ravel().view(np.uint8), minlength=2)
        values = np.flatnonzero(counts)
        return values, counts[values]
    return np.unique(voxels, return_counts=True)


def infer_convention(levels: Sequence[Levels], stated: Sequence[float], pore: str | None) -> PoreConvention:
    """The convention for volumes with these levels and stated porosities (NaN where none is stated).

    Of the two conventions the one with the smaller summed |measured - stated| wins, since a porosity
    near one half cannot decide alone.
    """
    if named := parse_pore(pore):
        return PoreConvention("named", named=named)
    labels = [item.values[0] for item in levels if item.values]
    lowest = min(labels, default=0.0)
    upper = np.array([_upper_share(item, lowest) for item in levels])
    given = np.array(stated, dtype=np.float64)
    known = np.isfinite(given) & np.isfinite(upper)
    if not known.any():
        return PoreConvention("assumed", lowest)
    as_upper = float(np.abs(upper - given)[known].mean())
    as_lower = float(np.abs(1.0 - upper - given)[known].mean())
    rule: Rule = "upper" if as_upper <= as_lower else "lower"
    return PoreConvention(rule, lowest, (), min(as_upper, as_lower), max(as_upper, as_lower), int(known.sum()))


def _upper_share(levels: Levels, lowest: float) -> float:
    """Share of the upper phase; a volume of one value is all upper where other volumes go lower."""
    if math.isnan(levels.split):
        return float(levels.values[0] > lowest)
    return levels.upper_share


def open_volume(path: Path, phase: PoreConvention, settings: VolumeSettings) -> Volume:
    """One volume read under the data set's convention. Raises VolumeError naming the file."""
    voxels = read_voxels(path, max_voxels=settings.max_voxels)
    try:
        return volume_of(voxels, phase, settings, source=str(path))
    except VolumeError as error:
        raise VolumeError(f"volume {path}: {error}") from error


def volume_of(
    voxels: NDArray[Any], phase: PoreConvention, settings: VolumeSettings, *, source: str | None = None
) -> Volume:
    """Raw values (z, y, x) as a volume under the data set's convention. Raises VolumeError."""
    mask, words, threshold = _pore(through_first_axis(voxels, settings.axis), phase)
    mask.flags.writeable = False
    return Volume(mask, settings.voxel_size, digest(mask, settings.voxel_size), words, threshold, source)


def through_first_axis(voxels: NDArray[Any], axis: int) -> NDArray[Any]:
    """The array with ``axis``, which leads through the electrode, in front."""
    return voxels if axis == 0 or voxels.ndim <= axis else np.ascontiguousarray(np.moveaxis(voxels, axis, 0))


def sized(settings: VolumeSettings, voxel_size: float | None) -> VolumeSettings:
    """The settings for a volume whose own voxel size is known; unchanged where it is None or NaN."""
    if voxel_size is None or math.isnan(voxel_size):
        return settings
    return replace(settings, voxel_size=voxel_size)


def _pore(voxels: NDArray[Any], phase: PoreConvention) -> tuple[NDArray[np.bool_], str, float]:
    if phase.rule == "named":
        mask, values, _ = binarise(voxels, phase.named)
        return mask, ",".join(map(str, values)), math.nan
    levels = levels_of(voxels)
    split = phase.lowest if math.isnan(levels.split) else levels.split
    upper = np.ascontiguousarray(voxels > split)
    pore_is_upper = phase.upper_is_pore(levels)
    mask = upper if pore_is_upper else ~upper
    if levels.grey:
        return mask, f"{'>' if pore_is_upper else '<='} {split:g}", levels.split
    pores = [value for value in levels.values if (value > split) == pore_is_upper]
    return mask, ",".join(f"{value:g}" for value in pores) or "none", math.nan
