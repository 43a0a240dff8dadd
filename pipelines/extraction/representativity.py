"""What one file can be trusted for: computed under the settings, and told as text, table, page or figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ...errors import SettingsError
from ...features import Volume, load_volume, representative
from ...features.phases import Values
from ...features.representativity import ColumnRepresentativity, Representativity
from ...features.representativity.reasons import MEANINGS
from ...features.volumes import VoxelSize
from ...reports.format import number, quantity
from ...reports.representativity import representativity_figure, representativity_page
from ...reports.summary.size_effect import AtSize, SizeEffect
from ..data.phase import outside_value, parse_pore, read_options
from ..runs.atomic import write_table, write_text
from ..settings import VolumeSettings


def represent(
    path: Path, settings: VolumeSettings, *, phases: Values | None, columns: Sequence[str], device: str
) -> Representativity:
    """What the volume in a file can be trusted for. Raises VolumeError naming the file, SettingsError, DeviceError."""
    if phases is not None:
        return representative(path, phases=phases, voxel_size=_voxel_size(settings), columns=columns, device=device)
    return representative(open_one(path, settings), columns=columns, device=device)


def open_one(path: Path, settings: VolumeSettings) -> Volume:
    """The volume in one file under the settings. Raises VolumeError naming it, SettingsError."""
    reading = read_options(settings)
    return load_volume(
        path,
        pore=parse_pore(settings.pore) or None,
        voxel_size=_voxel_size(settings),
        outside=outside_value(settings),
        max_voxels=reading.max_voxels,
        shape=reading.shape,
        dtype=reading.dtype,
        two_dimensional=reading.two_dimensional,
    )


def _voxel_size(settings: VolumeSettings) -> VoxelSize:
    if settings.voxel_size_from in (None, "file"):
        return "file" if settings.voxel_size_from else settings.voxel_size
    raise SettingsError(f"--voxel-size {settings.voxel_size_from}: one file has no columns; give metres, or 'file'")


def as_text(found: Representativity) -> str:
    """A line on the volume, then two lines a descriptor."""
    return "\n".join([_facts(found), *(_text(effect) for effect in _effects(found))])


def write(out: Path, found: Representativity, name: str) -> None:
    """Write the table, the page or the figure, as the suffix says."""
    if out.suffix.lower() in (".csv", ".parquet"):
        write_table(out, pd.DataFrame(found.rows()))
        return
    page = representativity_page(name, _effects(found), MEANINGS, _facts(found))
    write_text(out, page if out.suffix.lower() == ".html" else representativity_figure(page))


def _facts(found: Representativity) -> str:
    unit = _length_unit(found)
    lengths = ", ".join(number(length) for length in found.correlation_lengths)
    shape = " x ".join(map(str, found.shape))
    return (
        f"{shape} voxels (z, y, x); correlation lengths {lengths} {unit}; integral range "
        f"{quantity(found.integral_range, f'{unit}³')}."
    )


def _length_unit(found: Representativity) -> str:
    return "m" if found.metres else "voxel"


def _effects(found: Representativity) -> list[SizeEffect]:
    return [_effect(item, _length_unit(found)) for item in found.columns]


def _effect(item: ColumnRepresentativity, length_unit: str) -> SizeEffect:
    return SizeEffect(
        name=item.column.name,
        unit=item.column.unit.replace("m", length_unit) if item.column.length_power else item.column.unit,
        length_unit=length_unit,
        value=item.value,
        low=item.low,
        high=item.high,
        spread=item.spread,
        spread_edge=item.spread_edge,
        exponent=item.exponent,
        edge_needed=item.edge_needed,
        eroded=item.eroded,
        dilated=item.dilated,
        reason=item.reason,
        sizes=tuple(AtSize(size.edge, size.count, size.mean, size.std) for size in item.sizes),
    )


def _text(effect: SizeEffect) -> str:
    interval = f", 95 % interval {number(effect.low)} to {number(effect.high)}" if effect.bounded else ""
    spread = f"spread {number(effect.spread)} over sub-volumes of {quantity(effect.spread_edge, effect.length_unit)}"
    needed = f"5 % needs an edge of {quantity(effect.edge_needed, effect.length_unit)}"
    shifts = f"pores shrunk {number(effect.eroded)}, grown {number(effect.dilated)}"
    unknown = [f"{effect.reason}: {MEANINGS[effect.reason]}"] if effect.reason else []
    return f"{effect.name} {quantity(effect.value, effect.unit)}{interval}\n    {'; '.join([spread, needed, shifts, *unknown])}"
