"""Work over processes of this machine: started by ``spawn``, few threads each, gone when their parent is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from ...errors import RunError
from .base import Progress, R, T
from .cores import THREAD_VARIABLES, cores
from .worker_logs import Telling, Told, tell, told_by

_PARENT_CHECK_SECONDS = 1.0


@dataclass(frozen=True)
class LocalEngine:
    """So many processes (None: one a core); with one, everything runs in this process."""

    workers: int | None = None

    @property
    def here(self) -> bool:
        """Always."""
        return True

    def at_a_time(self, items: int) -> int:
        """Those asked for, never more than there are items."""
        return max(1, min(self.workers or cores(), items))

    def threads(self, items: int) -> int:
        """So many that together the processes fill the machine once."""
        return max(1, cores() // self.at_a_time(items))

    def helpers(self, items: int) -> int:
        """Never more threads in all than workers were asked for, since each takes memory."""
        return max(1, (self.workers or cores()) // self.at_a_time(items))

    def backend(self, device: str) -> str:
        """The back end of this machine."""
        from ...features.backends import get_backend

        return get_backend(device).name

    def map(self, function: Callable[[T], R], items: Sequence[T], *, progress: Progress | None = None) -> list[R]:
        """In the order of the items; an error or Ctrl-C ends all workers at once."""
        count = self.at_a_time(len(items))
        if count == 1:
            return list(_reporting(map(function, items), len(items), progress))
        results: dict[int, R] = {}
        with _threads_limited(self.threads(len(items))), _pool(count) as pool:
            futures: dict[Future[Told[R]], int] = {
                pool.submit(Telling(function), item): position for position, item in enumerate(items)
            }
            for future in _reporting(as_completed(futures), len(items), progress):
                results[futures[future]] = _result(future)
        return [results[position] for position in range(len(items))]


def _reporting(iterator: Iterator[R], total: int, progress: Progress | None) -> Iterator[R]:
    for done, value in enumerate(iterator, start=1):
        yield value
        if progress is not None:
            progress(done, total)


def _result(future: Future[Told[R]]) -> R:
    if isinstance(error := future.exception(), BrokenProcessPool):
        raise RunError(
            "a worker process died, killed or out of memory: what is finished is kept; "
            "the same command goes on from there, with fewer --workers in less memory"
        ) from error
    if error is not None:
        tell(told_by(error))
        raise error
    told = future.result()
    tell(told.records)
    return told.result


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers leave when the block ends, whatever they are at if it ends by an exception."""
    # fork would copy a parent whose libraries hold locks and threads; spawn starts clean everywhere.
    context = multiprocessing.get_context("spawn")
    # A pipe that nothing is ever written to: its end is the message. Events and locks would not do,
    # since one who is killed with a lock in hand takes all others with him.
    lifeline, held_here = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(os.getpid(), lifeline))
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


def _begin(parent: int, lifeline: Connection) -> None:
    """In a new worker: leave when the parent says so, or is gone, since a killed parent cannot say good-bye."""
    # Ctrl-C reaches every process of a terminal, and schedulers end whole groups: what that means is the parent's to say
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent, lifeline), daemon=True).start()


def _leave_with(parent: int, lifeline: Connection) -> None:
    with suppress(OSError):  # how a broken pipe looks on Windows
        while not lifeline.poll(_PARENT_CHECK_SECONDS) and os.getppid() == parent:
            pass
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
