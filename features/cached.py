"""Descriptors of volumes through the cache: cached values are read, the others computed and stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .compute import compute

if TYPE_CHECKING:
    from .cache import FeatureCache
    from .declaration import ColumnInfo
    from .volumes import Volume

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CachedDescriber:
    """Describes volumes by the same columns; plain data, so that it travels to other processes."""

    columns: tuple[ColumnInfo, ...]
    cache: FeatureCache | None = None
    device: str = "auto"
    threads: int = 1

    def one(self, volume: Volume) -> dict[str, float]:
        """The columns of one volume."""
        values = self._cached(volume.digest)
        if missing := self._missing(values):
            log.debug("describing %s: %d of %d columns", called(volume), len(missing), len(self.columns))
            began = time.process_time()
            values |= self._compute([volume], missing)[0]
            self._keep(volume, missing, values, time.process_time() - began)
        return self._ordered(values)

    def many(self, volumes: Sequence[Volume]) -> list[dict[str, float]]:
        """The columns of each volume; copies count once, and those that miss the same columns are one batch."""
        known: dict[str, dict[str, float]] = {}
        batches: dict[tuple[ColumnInfo, ...], dict[str, Volume]] = {}
        for volume in volumes:
            if volume.digest not in known:
                known[volume.digest] = self._cached(volume.digest)
                if missing := self._missing(known[volume.digest]):
                    batches.setdefault(missing, {})[volume.digest] = volume
        for missing, batch in batches.items():
            log.debug("describing %d volumes together: %d of %d columns", len(batch), len(missing), len(self.columns))
            # other threads of this process may read files meanwhile: of a device the wall clock is the measure
            began = time.perf_counter()
            found = self._compute(list(batch.values()), missing)
            seconds = (time.perf_counter() - began) / len(batch)
            for (digest, volume), values in zip(batch.items(), found, strict=True):
                known[digest] |= values
                self._keep(volume, missing, known[digest], seconds)
        return [self._ordered(known[volume.digest]) for volume in volumes]

    def remembered(self, digest: str) -> dict[str, float] | None:
        """The columns of the volume of a digest, None where one of them is not in the cache."""
        values = self._cached(digest)
        return None if self._missing(values) else self._ordered(values)

    def _compute(self, volumes: Sequence[Volume], columns: Sequence[ColumnInfo]) -> list[dict[str, float]]:
        return compute(
            [volume.mask for volume in volumes],
            [volume.voxel_size or 1.0 for volume in volumes],
            columns,
            samples=[volume.sample for volume in volumes],
            device=self.device,
            threads=self.threads,
            name=lambda place: called(volumes[place]),
        )

    def _cached(self, digest: str) -> dict[str, float]:
        return self.cache.get(digest, self.columns) if self.cache else {}

    def _missing(self, values: Mapping[str, float]) -> tuple[ColumnInfo, ...]:
        return tuple(column for column in self.columns if column.name not in values)

    def _keep(self, volume: Volume, columns: Sequence[ColumnInfo], values: Mapping[str, float], seconds: float) -> None:
        if self.cache:
            self.cache.put(volume.digest, columns, values, seconds)

    def _ordered(self, values: Mapping[str, float]) -> dict[str, float]:
        return {column.name: values[column.name] for column in self.columns}


def called(volume: Volume) -> str:
    """Name of a volume in messages."""
    return volume.source or f"volume {volume.digest[:12]}"
