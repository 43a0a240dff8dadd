"""Folders in which work is kept between runs: what is remembered of data and compiled kernels; their size, and emptying them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .backends.cpu.compile import wanted_folder
from .cache import cache_root, feature_cache


@dataclass(frozen=True)
class CacheFolder:
    """One such folder; ``patterns`` are the files in it that are this package's."""

    name: str
    folder: Path
    patterns: tuple[str, ...]

    def files(self) -> Iterator[Path]:
        """The files that are kept there."""
        for pattern in self.patterns:
            yield from (path for path in self.folder.glob(pattern) if path.is_file())

    def size(self) -> tuple[int, int]:
        """Number of files, and their bytes together."""
        sizes = [size for path in self.files() if (size := _size(path)) is not None]
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Remove the files, and folders that are empty then; the number of files. OSError where one cannot be removed."""
        files = list(self.files())
        for path in files:
            path.unlink(missing_ok=True)
        for parent in sorted({path.parent for path in files}, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):  # another process has written there meanwhile
                parent.rmdir()
        return len(files)


def cache_folders() -> tuple[CacheFolder, ...]:
    """The folders of this machine's user, whether they are there or not.

    ``$NUMBA_CACHE_DIR`` is not among them, for kernels of other packages lie there too.
    """
    found = [
        CacheFolder("descriptors", feature_cache().folder, ("[0-9a-f][0-9a-f]/*.parquet",)),
        CacheFolder("inspected volumes", cache_root() / "inspections", ("[0-9a-f][0-9a-f]/*.json",)),
        CacheFolder("rows of data sets", cache_root() / "rows", ("*.parquet",)),
    ]
    if not os.environ.get("NUMBA_CACHE_DIR"):
        found.append(CacheFolder("compiled kernels", wanted_folder(), ("**/*.nbi", "**/*.nbc")))
    return tuple(found)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # another process has removed it meanwhile
        return None
