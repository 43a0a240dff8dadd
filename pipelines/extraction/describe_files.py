"""One file, one row: read, looked up in the cache, described; one by one, or many together on a device."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ...errors import VolumeError
from ...features import Volume, describe, describe_batch
from ...features.declaration import ColumnInfo
from ..data.phase import Phase, open_volume
from ..settings import VolumeSettings
from .cache import FeatureCache

log = logging.getLogger(__name__)

_READ_AHEAD = 128
"""Volumes that are described together, while as many more are read."""


@dataclass(frozen=True)
class Source:
    """One file to describe, under the name that its row will carry; or why there is none to read."""

    name: str
    path: Path | None
    reason: str | None = None


def source_of(path: Path) -> Source:
    """A file under its own path."""
    return Source(_escaped(str(path)), path.absolute())


def _escaped(text: str) -> str:
    """Text with a path in it; bytes of that which are no UTF-8, and so in no table, become escapes."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Describing:
    """From sources to rows; plain data, for it travels to where the work is done."""

    phase: Phase
    settings: VolumeSettings
    columns: tuple[ColumnInfo, ...]
    cache: FeatureCache | None
    backend: str
    threads: int

    def one(self, source: Source) -> dict[str, object]:
        """The row of one source."""
        volume = self._open(source)
        if not isinstance(volume, Volume):
            return volume
        values = self._remembered(volume)
        if missing := self._missing(values):
            log.debug("describing %s: %d of %d columns", source.name, len(missing), len(self.columns))
            began = time.process_time()
            values |= describe(volume, columns=missing, backend=self.backend, threads=self.threads)
            self._remember(volume, missing, values, time.process_time() - began)
        return self._row(source, volume, values)

    def together(self, sources: Sequence[Source]) -> list[dict[str, object]]:
        """The rows of many, described in batches while ``threads`` read the files of the next."""
        parts = [sources[start : start + _READ_AHEAD] for start in range(0, len(sources), _READ_AHEAD)]
        rows: list[dict[str, object]] = []
        with ThreadPoolExecutor(self.threads, thread_name_prefix="read") as pool:
            coming = [pool.submit(self._open, source) for part in parts[:1] for source in part]
            for part, following in zip(parts, [*parts[1:], []], strict=True):
                opened = [future.result() for future in coming]
                coming = [pool.submit(self._open, source) for source in following]
                rows += self._rows(part, opened)
        return rows

    def _rows(self, sources: Sequence[Source], opened: Sequence[Volume | dict[str, object]]) -> list[dict[str, object]]:
        """The rows of sources that have been read; volumes that miss the same columns are one batch."""
        known: dict[str, dict[str, float]] = {}
        batches: dict[tuple[str, ...], dict[str, Volume]] = {}
        for volume in opened:
            if isinstance(volume, Volume) and volume.digest not in known:
                known[volume.digest] = self._remembered(volume)
                if missing := tuple(self._missing(known[volume.digest])):
                    batches.setdefault(missing, {})[volume.digest] = volume
        for missing, volumes in batches.items():
            log.debug("describing %d volumes together: %d of %d columns", len(volumes), len(missing), len(self.columns))
            # the processors of this process also read the next files: of a device the wall clock tells
            began = time.perf_counter()
            found = describe_batch(list(volumes.values()), columns=missing, backend=self.backend)
            seconds = (time.perf_counter() - began) / len(volumes)
            for (digest, volume), values in zip(volumes.items(), found, strict=True):
                known[digest] |= values
                self._remember(volume, missing, known[digest], seconds)
        return [
            self._row(source, volume, known[volume.digest]) if isinstance(volume, Volume) else volume
            for source, volume in zip(sources, opened, strict=True)
        ]

    def _open(self, source: Source) -> Volume | dict[str, object]:
        """The volume, or the row that says why there is none."""
        if source.path is None:
            return {"filename": source.name, "status": "failed", "reason": source.reason}
        try:
            return open_volume(source.path, self.phase, self.settings)
        except VolumeError as error:
            return {"filename": source.name, "status": "failed", "reason": _escaped(str(error))}

    def _remembered(self, volume: Volume) -> dict[str, float]:
        return self.cache.get(volume.digest, self.columns) if self.cache else {}

    def _missing(self, values: Mapping[str, float]) -> list[str]:
        return [column.name for column in self.columns if column.name not in values]

    def _remember(self, volume: Volume, names: Iterable[str], values: Mapping[str, float], seconds: float) -> None:
        if self.cache:
            wanted = set(names)
            new = [column for column in self.columns if column.name in wanted]
            self.cache.put(volume.digest, new, values, seconds)

    def _row(self, source: Source, volume: Volume, values: Mapping[str, float]) -> dict[str, object]:
        key: dict[str, object] = {
            "filename": source.name,
            "volume_digest": volume.digest,
            "status": "ok",
            "pore_value": volume.pore,
        }
        return {**key, **values}
