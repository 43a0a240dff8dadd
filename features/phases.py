"""More than two phases: what each is called and which values it has, and the columns of a volume of several.

Each phase is described as the pores of its own mask, all others being its solid: ``chord_length_mean_active_z`` is of
the phase ``active`` what ``chord_length_mean_z`` is of the pores. The phase ``pore`` keeps the two-phase names,
``tortuosity_factor_z`` and ``relative_conductivity_solid_z`` among them. Beside those stand the columns of several
phases: the share of each, the wall of every two and the line of every three.
"""

from __future__ import annotations

import fnmatch
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..errors import SettingsError, VolumeError, did_you_mean
from ..schema import TIERS
from .arguments import Names, Pore, names_of, pore_values
from .backends import get_backend
from .contacts import Contacts
from .declaration import AXES, ColumnInfo
from .formats import read_scan
from .levels import any_of, listed, tolerance_of
from .registry import registry
from .spacing import edge_and_spacing
from .volumes import Volume, digest, size_of
from .voxels import ReadOptions, Scan, checked_voxels

if TYPE_CHECKING:
    from ..array_types import Mask
    from .reading import VolumeLike
    from .volumes import VoxelSize

Phases: TypeAlias = "Mapping[str, Pore]"
"""The value or values of each phase by its name: ``{"pore": 0, "active": 85, "binder": 170}``."""
Values: TypeAlias = Mapping[str, tuple[float, ...]]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TAKEN = frozenset({"solid", *AXES})
"""Words that the names of columns hold already."""
_PORE = "pore"
_FEWEST = 2
"""Phases, and voxels along an axis of a pattern."""
_THIN = "fewer than two voxels along an axis"


@dataclass(frozen=True)
class PhaseColumn:
    """One column of a volume of several phases, and where it comes from.

    ``source`` is the two-phase column of the mask of ``phases[0]``; empty for a column of several phases, which
    then are those that it is about.
    """

    info: ColumnInfo
    phases: tuple[str, ...]
    source: str = ""


def checked_phases(phases: Any) -> Values:
    """The values of each phase; SettingsError where names are no names, or values are none or belong to two phases."""
    if not isinstance(phases, Mapping) or len(phases) < _FEWEST:
        raise SettingsError(f"phases expects names with grey values, as in {{'pore': 0, 'active': 85}}, got {phases!r}")
    found: dict[str, tuple[float, ...]] = {}
    for name, given in phases.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN:
            raise SettingsError(
                f"a phase is called by lower case words, and not {', '.join(sorted(_TAKEN))}: got {name!r}"
            )
        values = pore_values(given)
        if not values:
            raise SettingsError(f"phase {name!r} expects a grey value or several, got {given!r}")
        if twice := [value for value in values if any(value in others for others in found.values())]:
            raise SettingsError(f"the grey value {twice[0]} belongs to two phases, {name!r} is one of them")
        found[name] = values
    return found


def phase_volumes(
    voxels: Any, phases: Values, voxel_size: VoxelSize = None, *, source: str | None = None
) -> dict[str, Volume]:
    """A volume for each phase of an array or of a scan that was read; VolumeError where a voxel belongs to none."""
    scan = voxels if isinstance(voxels, Scan) else Scan(checked_voxels(voxels))
    tolerance = tolerance_of(scan.voxels)
    masks = {name: any_of(scan.voxels, values, tolerance) for name, values in phases.items()}
    size, notes = size_of(scan.spacing, voxel_size)
    named = np.logical_or.reduce(list(masks.values()))
    if not named.all():
        left = np.unique(scan.voxels[~named])
        raise VolumeError(
            f"{int((~named).sum())} voxels belong to no phase, of the values {listed(left.tolist())}: name them in phases too"
        )
    found = {}
    for name, mask in masks.items():
        mask.flags.writeable = False
        words = ", ".join(f"{value:g}" for value in phases[name])
        found[name] = Volume(
            mask, size, digest(mask, size), words, math.nan, source, scan.spacing, notes=(*scan.notes, *notes)
        )
    return found


def phases_in(volume: VolumeLike, phases: Values, voxel_size: VoxelSize) -> dict[str, Volume]:
    """A volume for each phase of an array or a file; SettingsError for a Volume, which holds one mask."""
    if isinstance(volume, Volume):
        raise SettingsError("phases needs the grey values of an array or a file, and a Volume holds one mask")
    if not isinstance(volume, str | Path):
        return phase_volumes(volume, phases, voxel_size)
    try:
        return phase_volumes(read_scan(volume, ReadOptions()), phases, voxel_size, source=str(volume))
    except VolumeError as error:
        raise VolumeError(f"volume {volume}: {error}") from error


def phase_columns(names: Sequence[str], tiers: Names, columns: Names | None) -> tuple[PhaseColumn, ...]:
    """The columns of these phases: of some tiers, or by their names, those of two-phase columns, families and patterns.

    A two-phase name means that column of the phase ``pore``, and of every phase where none is called so. Raises SettingsError for what is unknown.
    """
    every = _every(tuple(names))
    if columns is None:
        wanted = {column.name for column in registry().select(names_of(tiers))} | {""}
        of_several = "morphology" in names_of(tiers)
        return tuple(column for column in every if column.source in wanted and (column.source or of_several))
    found: dict[str, PhaseColumn] = {}
    for word in names_of(columns):
        found |= {column.info.name: column for column in _meant(word, every)}
    return tuple(found.values())


def _meant(word: str, every: Sequence[PhaseColumn]) -> list[PhaseColumn]:
    """The columns of a word: a full name, else a pattern, a family or a two-phase column."""
    exact = [column for column in every if column.info.name == word]
    found = exact or [
        column
        for column in every
        if word in (column.info.family, column.source) or fnmatch.fnmatchcase(column.info.name, word)
    ]
    if not found:
        raise SettingsError(
            f"unknown descriptor column {word!r} of phases{did_you_mean(word, [column.info.name for column in every])}"
        )
    return found


def _every(names: tuple[str, ...]) -> tuple[PhaseColumn, ...]:
    """All columns of these phases; SettingsError where names of phases make two columns of one name."""
    found = [*_of_several(names)]
    for column in registry().columns.values():
        of_solid = "solid" in column.name.split("_")
        found += [_of_one(column, name) for name in names if name == _PORE or not of_solid]
    found.sort(key=lambda item: TIERS.index(item.info.tier))
    seen: set[str] = set()
    for item in found:
        if item.info.name in seen:
            raise SettingsError(f"phases called {', '.join(names)} make two columns {item.info.name!r}: rename one")
        seen.add(item.info.name)
    return tuple(found)


def _of_one(column: ColumnInfo, name: str) -> PhaseColumn:
    """A two-phase column under the name of a phase."""
    if name == _PORE:
        return PhaseColumn(column, (name,), column.name)
    axis = f"_{column.axis}" if column.axis else ""
    stem = column.name.removesuffix(axis).removesuffix(f"_{_PORE}")
    info = replace(column, name=f"{stem}_{name}{axis}", meaning=f"{column.meaning}, of the phase {name} as the pores")
    return PhaseColumn(info, (name,), column.name)


def _of_several(names: tuple[str, ...]) -> Iterable[PhaseColumn]:
    def info(name: str, unit: str, meaning: str, high: float, power: int) -> ColumnInfo:
        reference = "doi:10.1002/9780470723142" if power else ""
        undefined = _THIN if power else ""
        return ColumnInfo(
            name, unit, meaning, 0.0, high, undefined, "phases", "morphology", 1, power, reference, only_cubes=False
        )

    for name in names:
        yield PhaseColumn(info(f"fraction_{name}", "-", f"share of voxels that are {name}", 1.0, 0), (name,))
    for pair in itertools.combinations(names, 2):
        meaning = f"area of the wall between {pair[0]} and {pair[1]} per volume, Crofton's formula in 13 directions"
        yield PhaseColumn(info(f"interface_{'_'.join(pair)}", "1/m", meaning, 2.0, -1), pair)
    for three in itertools.combinations(names, 3):
        meaning = (
            f"length of the lines along which {', '.join(three)} meet per volume: 2/3 of the edges of voxels on them"
        )
        yield PhaseColumn(info(f"triple_line_{'_'.join(three)}", "1/m2", meaning, 2.0, -2), three)


def sources_of(columns: Iterable[PhaseColumn], name: str) -> tuple[str, ...]:
    """The two-phase columns to compute of the mask of one phase."""
    return tuple(column.source for column in columns if column.source and column.phases == (name,))


def named_row(
    columns: Sequence[PhaseColumn], several: Mapping[str, float], single: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """The columns in their order, from those of several phases and the two-phase columns of each phase."""
    return {
        column.info.name: single[column.phases[0]][column.source] if column.source else several[column.info.name]
        for column in columns
    }


def of_several(volumes: Mapping[str, Volume], columns: Sequence[PhaseColumn], device: str) -> dict[str, float]:
    """The columns of several phases among ``columns``, from the volume of each phase."""
    wanted = [column for column in columns if not column.source]
    masks: dict[str, Mask] = {name: volume.mask for name, volume in volumes.items()}
    first = next(iter(volumes.values()))
    unit, spacing = edge_and_spacing(first.voxel_size or 1.0)
    contacts = Contacts(masks, get_backend(device), spacing)
    thin = min(first.mask.shape) < _FEWEST
    row = {}
    for column in wanted:
        if len(column.phases) == 1:
            value = float(masks[column.phases[0]].mean())
        elif thin:
            value = math.nan
        else:
            value = (
                contacts.area(*column.phases)
                if column.info.length_power == -1
                else contacts.triple_length(*column.phases)
            )
        row[column.info.name] = value * unit**column.info.length_power
    return row
