"""Parallel work over processes or machines: the single entry to the engines.

``workers`` is an engine, or a number of processes of this machine (None: one a core). Whatever takes
``workers`` and hands it on to ``parallel_map`` runs on either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from .base import Engine, Progress, R, T, Workers
from .local import LocalEngine
from .pace import Weight

__all__ = ["Engine", "Progress", "Weight", "Workers", "engine_of", "map_batches", "parallel_map"]


def engine_of(workers: Workers) -> Engine:
    """The engine for an argument: itself, or processes of this machine."""
    return LocalEngine(workers) if workers is None or isinstance(workers, int) else workers


def parallel_map(
    function: Callable[[T], R],
    items: Sequence[T],
    *,
    workers: Workers = None,
    progress: Progress | None = None,
    batch: int = 1,
    weights: Sequence[Weight] | None = None,
) -> list[R]:
    """``[function(item) for item in items]``, over the workers where that pays.

    ``function`` and the items must be what the standard library's process pool can send. ``batch``
    items travel as one task, for items so small that sending them would cost more than the work. ``weights`` are
    what single items are expected to take, where they differ. The first exception ends the rest and is raised here.
    """
    engine = engine_of(workers)
    if batch == 1:
        return engine.map(function, items, progress=progress, weights=weights)
    return map_batches(_Each(function), items, workers=engine, progress=progress, batch=batch)


def map_batches(
    function: Callable[[Sequence[T]], Sequence[R]],
    items: Sequence[T],
    *,
    workers: Workers = None,
    progress: Progress | None = None,
    batch: int,
) -> list[R]:
    """Map ``function`` over batches of items, one result an item, in their order; else as ``parallel_map``."""
    batches = [items[start : start + batch] for start in range(0, len(items), batch)]
    counted = None if progress is None else _in_items(progress, batch, len(items))
    return [result for part in engine_of(workers).map(function, batches, progress=counted) for result in part]


@dataclass(frozen=True)
class _Each(Generic[T, R]):
    """A function applied to each item of a batch."""

    function: Callable[[T], R]

    def __call__(self, batch: Sequence[T]) -> list[R]:
        return [self.function(item) for item in batch]


def _in_items(progress: Progress, batch: int, total: int) -> Progress:
    """Report progress of batches as progress of items."""

    def report(done: int, _batches: int) -> None:
        progress(min(done * batch, total), total)

    return report
