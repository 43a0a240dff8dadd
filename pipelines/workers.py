"""Work spread over processes: started by ``spawn``, few threads each, gone when their parent is gone."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int, int], None]
"""Called with (items done, items in all)."""

THREAD_VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_PARENT_CHECK_SECONDS = 1.0


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers_for(items: int, workers: int | None) -> int:
    """Processes worth starting: those asked for (default: one a core), never more than there are items."""
    return max(1, min(workers or cores(), items))


def threads_for(workers: int) -> int:
    """Threads that each of ``workers`` processes may use, so that together they fill the machine once."""
    return max(1, cores() // workers)


def parallel_map(
    function: Callable[[T], R], items: Sequence[T], *, workers: int | None = None, progress: Progress | None = None
) -> list[R]:
    """``[function(item) for item in items]``, over processes where that pays.

    ``function`` and the items must be picklable by the standard library's process pool. With one worker
    everything runs in this process. The first exception ends the rest and is raised here.
    """
    count = workers_for(len(items), workers)
    if count == 1:
        return list(_reporting(map(function, items), len(items), progress))
    with _threads_limited(threads_for(count)), _pool(count) as pool:
        futures = {pool.submit(function, item): position for position, item in enumerate(items)}
        results: dict[int, R] = {}
        try:
            for future in _reporting(as_completed(futures), len(items), progress):
                results[futures[future]] = future.result()
        finally:
            # after an error or Ctrl-C what has not begun never will
            pool.shutdown(wait=False, cancel_futures=True)
    return [results[position] for position in range(len(items))]


def _reporting(iterator: Iterator[R], total: int, progress: Progress | None) -> Iterator[R]:
    for done, value in enumerate(iterator, start=1):
        yield value
        if progress is not None:
            progress(done, total)


def _pool(workers: int) -> ProcessPoolExecutor:
    # fork would copy a parent whose libraries hold locks and threads; spawn starts clean everywhere.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(os.getpid(),))


def _begin(parent: int) -> None:
    """In a new worker: leave when the parent does, since a killed parent cannot say good-bye."""
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(1)


@contextmanager
def _threads_limited(threads: int) -> Iterator[None]:
    """Have processes that start inside the block use so many threads; libraries read this as they load."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
