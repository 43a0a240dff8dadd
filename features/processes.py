"""Processes of this machine: started by ``spawn``, few threads each, gone when their parent is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

THREAD_VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables that set the number of threads of numerical libraries."""
_PARENT_CHECK_SECONDS = 1.0

_first_calls: dict[str, tuple[Callable[..., None], tuple[object, ...]]] = {}


def call_first(function: Callable[..., None], *arguments: object) -> None:
    """Have every process that starts later call a function of a module before its work; of one function the last call counts."""
    _first_calls[f"{function.__module__}.{function.__qualname__}"] = (function, arguments)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def process_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers leave when the block ends, whatever they are at if it ends by an exception."""
    # fork would copy a parent whose libraries hold locks and threads; spawn starts clean everywhere.
    context = multiprocessing.get_context("spawn")
    # A pipe that nothing is ever written to: its end is the message. Events and locks would not do,
    # since a process that is killed while it holds a lock blocks all others.
    lifeline, held_here = context.Pipe(duplex=False)
    beginning = (os.getpid(), lifeline, tuple(_first_calls.values()))
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=beginning)
    ended_well = False
    try:
        yield pool
        ended_well = True
    finally:
        if not ended_well:
            held_here.close()
        pool.shutdown(wait=ended_well, cancel_futures=True)
        held_here.close()
        lifeline.close()


def _begin(
    parent: int, lifeline: Connection, calls: Sequence[tuple[Callable[..., None], tuple[object, ...]]] = ()
) -> None:
    """Have a new worker end when its parent says so or is gone, since a killed parent cannot say so; then make the first calls."""
    # Ctrl-C reaches every process of a terminal, and schedulers end whole groups: the parent decides what that means
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent, lifeline), daemon=True).start()
    for function, arguments in calls:
        function(*arguments)


def _leave_with(parent: int, lifeline: Connection) -> None:
    with suppress(OSError):  # how a broken pipe looks on Windows
        while not lifeline.poll(_PARENT_CHECK_SECONDS) and os.getppid() == parent:
            pass
    os._exit(1)


@contextmanager
def threads_limited(threads: int) -> Iterator[None]:
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
