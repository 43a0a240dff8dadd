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
from ..data.bits import read_volume
from ..data.look import row_of
from ..data.phase import PoreConvention, open_phases, open_volume
from ..data.volume_memory import VolumeMemory
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


def open_source(
    source: Source, phase: PoreConvention, settings: VolumeSettings, memory: VolumeMemory | None = None
) -> Volume | None:
    """The volume of a source, None where there is none to read; ``memory`` keeps its digest. Raises VolumeError naming the file."""
    if source.bits is not None:
        return read_volume(source.bits)
    if source.path is None:
        return None
    return open_volume(source.path, phase, settings) if memory is None else memory.open(source.path)


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
    memory: VolumeMemory | None = None
    """Digests of files that have not changed; None: every file is read."""

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
        """The volume, or the row that is remembered or says why there is none."""
        if (remembered := self.remembered(source)) is not None:
            return remembered
        try:
            volume = open_source(source, self.phase, self.settings, self.memory)
        except VolumeError as error:
            return {"filename": source.name, "status": "failed", "reason": _escaped(str(error))}
        return {"filename": source.name, "status": "failed", "reason": source.reason} if volume is None else volume

    def remembered(self, source: Source) -> dict[str, object] | None:
        """The row of a source whose file has not changed and whose columns are all in the cache; None of any other."""
        if self.memory is None or source.path is None:
            return None
        row = self.memory.recall(source.path)
        values = None if row is None else self.describer.remembered(row["volume_digest"])
        return None if row is None or values is None else {"filename": source.name, "status": "ok", **row, **values}

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
        return {"filename": source.name, "status": "ok", **row_of(volume), **values}
