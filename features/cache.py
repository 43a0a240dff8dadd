"""Descriptors remembered by content: volume digest, column and version; one small Parquet file a volume.

What changes a descriptor's value is in the key: the voxels, the shape and the voxel size are in the
digest, and a change of the computation raises the column's version. An entry that cannot be read is
computed again, never trusted. Descriptors of other packages are qualified by their module and a digest of
its code, since nobody makes them raise a version; those of scripts and notebooks are not remembered.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import TEMPORARY_SUFFIX, clear_leftovers, replacing

if TYPE_CHECKING:
    from .declaration import ColumnInfo

log = logging.getLogger(__name__)

CACHE_VARIABLE = "POREGROVE_CACHE"

_SECONDS = ("", 0)
"""Name of the entry that keeps the seconds that the columns took."""
_UNNAMED = ("__main__", "__mp_main__")
"""Modules of scripts and notebooks, whose descriptors change under the same name and version."""


def cache_root() -> Path:
    """``$POREGROVE_CACHE``, else the user's cache folder of this platform."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("poregrove")


@dataclass(frozen=True)
class FeatureCache:
    """Descriptors of volumes on disk; safe to share between processes."""

    folder: Path

    def get(self, digest: str, columns: Iterable[ColumnInfo]) -> dict[str, float]:
        """The wanted columns that are remembered in their present version."""
        remembered = self._read(digest)
        keys = {column.name: _key(column) for column in columns}
        return {name: remembered[key] for name, key in keys.items() if key in remembered}

    def seconds(self, digest: str) -> float:
        """Seconds that describing a volume has taken in all, NaN where that is not remembered."""
        return self._read(digest).get(_SECONDS, math.nan)

    def put(
        self, digest: str, columns: Iterable[ColumnInfo], values: Mapping[str, float], seconds: float = math.nan
    ) -> None:
        """Remember values beside those there are, and the ``seconds`` they took.

        A folder that cannot be written is no error.
        """
        kept = [column for column in columns if column.module not in _UNNAMED]
        if not kept:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        merged = self._read(digest)
        spent = merged.get(_SECONDS, 0.0 if not merged else math.nan) + seconds
        merged |= {_key(column): values[column.name] for column in kept} | {_SECONDS: spent}
        names, versions = zip(*merged, strict=True)
        table = pa.table({"column": names, "version": versions, "value": list(merged.values())}, schema=_schema())
        try:
            with replacing(self._path(digest)) as temporary:
                # the checksum distinguishes a damaged entry from a sound one
                pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        except OSError as error:
            _warn_once(f"feature cache {self.folder} cannot be written, going on without: {error.strerror or error}")

    def clear_leftovers(self) -> None:
        """Remove half-written files of killed processes; they never counted."""
        if left := clear_leftovers(self.folder.glob(f"*/*{TEMPORARY_SUFFIX}")):
            log.info("feature cache %s: removed %d half-written entries of runs that were killed", self.folder, left)

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.parquet"

    def _read(self, digest: str) -> dict[tuple[str, int], float]:
        path = self._path(digest)
        if not path.is_file():
            return {}
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            # the open file is handed over, so that a cache of many files never builds a dataset of them
            with path.open("rb") as file:
                table = pq.ParquetFile(file, page_checksum_verification=True).read()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, pa.ArrowException) as error:
            log.warning("feature cache entry %s is damaged and will be computed again: %s", path, error)
            return {}
        if table.schema != _schema():
            log.warning("feature cache entry %s has another form and will be computed again", path)
            return {}
        keys = zip(table["column"].to_pylist(), table["version"].to_pylist(), strict=True)
        return dict(zip(keys, table["value"].to_pylist(), strict=True))


def _key(column: ColumnInfo) -> tuple[str, int]:
    """Name of a column in an entry: that of another package is qualified by its module and its code."""
    return f"{column.module}@{column.code}:{column.name}" if column.module else column.name, column.version


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema([("column", pa.string()), ("version", pa.int32()), ("value", pa.float64())])


@lru_cache
def _warn_once(message: str) -> None:
    """Warn of a full disk once a process, not once a volume."""
    log.warning("%s", message)


def feature_cache() -> FeatureCache:
    """The cache that every command shares."""
    return FeatureCache(cache_root() / "features")


def cache_of(cache: bool | str | Path | FeatureCache) -> FeatureCache | None:  # noqa: FBT001  an argument handed on
    """The cache that an argument means: True the shared one, False none, a path one in that folder."""
    if isinstance(cache, bool):
        return feature_cache() if cache else None
    return FeatureCache(Path(cache)) if isinstance(cache, str | Path) else cache


def feature_seconds(digests: Iterable[str]) -> float:
    """Seconds that describing these volumes took, now or whenever it was; NaN where the cache knows of none.

    Volumes of which it does not know count as the mean of the others.
    """
    cache = feature_cache()
    spent = [cache.seconds(digest) for digest in digests]
    known = [seconds for seconds in spent if math.isfinite(seconds)]
    return len(spent) * math.fsum(known) / len(known) if known else math.nan
