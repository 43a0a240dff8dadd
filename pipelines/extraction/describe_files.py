"""Descriptors of a file as one row: read, looked up in the cache, computed; singly, or in batches on a device."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import VolumeError
from ...features import Volume
from ...features.cached import CachedDescriber
from ...features.phases import PhaseColumn, Values, named_row, of_several, sources_of
from ...features.registry import registry
from ...features.spacing import edge_and_spacing
from ...features.voxels import spacing_in_words
from ..data.bits import read_volume
from ..data.phase import PoreConvention, open_phases, open_volume
from ..settings import VolumeSettings

_READ_AHEAD = 128
"""Volumes that are described together, while as many more are read."""


@dataclass(frozen=True)
class Source:
    """One file to describe, under the name that its row will carry; or why there is none to read."""

    name: str
    path: Path | None
    reason: str | None = None
    bits: Path | None = None
    """Store of its volume, read once under the convention of its data set, so that the file is not read again."""


def open_source(source: Source, phase: PoreConvention, settings: VolumeSettings) -> Volume | None:
    """The volume of a source, None where there is none to read. Raises VolumeError naming the file."""
    if source.bits is not None:
        return read_volume(source.bits)
    return None if source.path is None else open_volume(source.path, phase, settings)


def source_of(path: Path) -> Source:
    """A file under its own path."""
    return Source(_escaped(str(path)), path.absolute())


def _escaped(text: str) -> str:
    """Text with a path in it; bytes of that which are no UTF-8, and so in no table, become escapes."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class FileDescriber:
    """Describes sources as rows; plain data, so that it can be sent to other processes."""

    phase: PoreConvention
    settings: VolumeSettings
    describer: CachedDescriber
    phases: Values | None = None
    phase_columns: tuple[PhaseColumn, ...] = ()
    """Columns of several phases, in place of those of the describer."""

    def one(self, source: Source) -> dict[str, object]:
        """The row of one source."""
        if self.phases is not None:
            return self._several(source, self.phases)
        volume = self._open(source)
        return self._row(source, volume, self.describer.one(volume)) if isinstance(volume, Volume) else volume

    def together(self, sources: Sequence[Source]) -> list[dict[str, object]]:
        """The rows of many, described in batches while threads of this process read the files of the next."""
        if self.phases is not None:
            return [self.one(source) for source in sources]
        parts = [sources[start : start + _READ_AHEAD] for start in range(0, len(sources), _READ_AHEAD)]
        rows: list[dict[str, object]] = []
        with ThreadPoolExecutor(self.describer.threads, thread_name_prefix="read") as pool:
            coming = [pool.submit(self._open, source) for part in parts[:1] for source in part]
            for part, following in zip(parts, [*parts[1:], []], strict=True):
                opened = [future.result() for future in coming]
                coming = [pool.submit(self._open, source) for source in following]
                values = iter(self.describer.many([volume for volume in opened if isinstance(volume, Volume)]))
                rows += [
                    self._row(source, volume, next(values)) if isinstance(volume, Volume) else volume
                    for source, volume in zip(part, opened, strict=True)
                ]
        return rows

    def _open(self, source: Source) -> Volume | dict[str, object]:
        """The volume, or the row that says why there is none."""
        try:
            volume = open_source(source, self.phase, self.settings)
        except VolumeError as error:
            return {"filename": source.name, "status": "failed", "reason": _escaped(str(error))}
        return {"filename": source.name, "status": "failed", "reason": source.reason} if volume is None else volume

    def _several(self, source: Source, phases: Values) -> dict[str, object]:
        """The row of one source of several phases."""
        if source.path is None:
            return {"filename": source.name, "status": "failed", "reason": source.reason}
        try:
            volumes = open_phases(source.path, phases, self.phase, self.settings)
        except VolumeError as error:
            return {"filename": source.name, "status": "failed", "reason": _escaped(str(error))}
        several = of_several(volumes, self.phase_columns, self.describer.device)
        single = {
            name: replace(self.describer, columns=registry().named(sources_of(self.phase_columns, name))).one(volume)
            for name, volume in volumes.items()
        }
        first = next(iter(volumes.values()))
        digests = "|".join(volume.digest for volume in volumes.values())
        whole = replace(
            first,
            digest=hashlib.sha256(digests.encode()).hexdigest(),
            pore="; ".join(f"{name} {volume.pore}" for name, volume in volumes.items()),
        )
        return self._row(source, whole, named_row(self.phase_columns, several, single))

    def _row(self, source: Source, volume: Volume, values: Mapping[str, float]) -> dict[str, object]:
        key: dict[str, object] = {
            "filename": source.name,
            "volume_digest": volume.digest,
            "status": "ok",
            "pore_value": volume.pore,
            "voxel_size": None if volume.voxel_size is None else edge_and_spacing(volume.voxel_size)[0],
            "spacing": _spacing(volume),
            "note": "; ".join(volume.notes) or None,
        }
        return {**key, **values}


def _spacing(volume: Volume) -> str | None:
    """The edges of a voxel in words: as the file states them, else where they differ, which one number cannot tell."""
    if volume.spacing is not None:
        return spacing_in_words(volume.spacing)
    return spacing_in_words(volume.voxel_size) if isinstance(volume.voxel_size, tuple) else None
