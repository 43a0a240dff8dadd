"""Volumes described by several processes of this machine: files and arrays in, rows of numbers out."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import RunError, SettingsError
from .cached import CachedDescriber
from .processes import cores, process_pool, threads_limited
from .registry import modules_of

if TYPE_CHECKING:
    from .cache import FeatureCache
    from .declaration import ColumnInfo
    from .reading import Reader, VolumeLike

_BATCHES_A_PROCESS, _LARGEST_BATCH = 16, 16
"""Few enough volumes a task that processes end together, enough that sending tasks costs nothing."""


def describe_in_processes(
    volumes: Sequence[VolumeLike],
    reader: Reader,
    columns: tuple[ColumnInfo, ...],
    *,
    cache: FeatureCache | None,
    processes: int,
    threads: int,
) -> list[dict[str, float]]:
    """A row for each volume; each process reads the files that fall to it.

    Raises what reading and describing a volume raise, and RunError where a process dies.
    """
    modules = modules_of(columns)
    if unknown := [module for module in modules if module.startswith("__")]:
        raise SettingsError(
            f"descriptors declared in {unknown[0]} are not known to other processes: "
            "put them into a module that can be imported, or leave n_jobs at 1"
        )
    task = _Task(reader, columns, cache, threads, modules)
    each = max(1, cores() // processes)
    try:
        with threads_limited(each), process_pool(processes) as pool:
            return list(pool.map(task, volumes, chunksize=batch_size(len(volumes), processes)))
    except BrokenProcessPool as error:
        raise RunError("a worker process died, killed or out of memory: fewer n_jobs need less memory") from error


def batch_size(volumes: int, processes: int) -> int:
    """Volumes that travel to a process as one task."""
    return max(1, min(_LARGEST_BATCH, volumes // (_BATCHES_A_PROCESS * processes)))


@dataclass(frozen=True)
class _Task:
    """One volume to describe in a process; ``modules`` declare descriptors of other packages."""

    reader: Reader
    columns: tuple[ColumnInfo, ...]
    cache: FeatureCache | None
    threads: int
    modules: tuple[str, ...]

    def __call__(self, volume: VolumeLike) -> dict[str, float]:
        for module in self.modules:
            importlib.import_module(module)
        # a process of its own computes on the processor: several would not share a device
        return CachedDescriber(self.columns, self.cache, "cpu", self.threads).one(self.reader.volume(volume))
