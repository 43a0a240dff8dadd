"""Work over processes of this machine, few threads each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from ...errors import RunError
from ...features.processes import cores, process_pool, threads_limited
from .base import Progress, R, T
from .pace import Reporter, Weight
from .worker_logs import LoggedCall, LoggedResult, log_again, records_of


@dataclass(frozen=True)
class LocalEngine:
    """So many processes (None: one a core); with one, everything runs in this process."""

    workers: int | None = None

    @property
    def is_local(self) -> bool:
        """True: all tasks run on this machine."""
        return True

    def n_workers(self, items: int) -> int:
        """The workers asked for, never more than there are items."""
        return max(1, min(self.workers or cores(), items))

    def threads(self, items: int) -> int:
        """So many that together the processes fill the machine once."""
        return max(1, cores() // self.n_workers(items))

    def threads_per_worker(self, items: int) -> int:
        """Never more threads in all than workers were asked for, since each takes memory."""
        return max(1, (self.workers or cores()) // self.n_workers(items))

    def backend(self, device: str) -> str:
        """The back end of this machine."""
        from ...features.backends import get_backend

        return get_backend(device).name

    def map(
        self,
        function: Callable[[T], R],
        items: Sequence[T],
        *,
        progress: Progress | None = None,
        weights: Sequence[Weight] | None = None,
    ) -> list[R]:
        """Map in the order of the items; an error or Ctrl-C ends all workers at once."""
        count = self.n_workers(len(items))
        reporter = Reporter(progress, len(items), weights=weights, workers=count)
        results: dict[int, R] = {}
        if count == 1:
            for position, item in enumerate(items):
                began = time.monotonic()
                results[position] = function(item)
                reporter.finished(position, time.monotonic() - began)
            return list(results.values())
        with threads_limited(self.threads(len(items))), process_pool(count) as pool:
            futures: dict[Future[LoggedResult[R]], int] = {
                pool.submit(LoggedCall(function), item): position for position, item in enumerate(items)
            }
            for future in as_completed(futures):
                told = _result(future)
                results[futures[future]] = told.result
                reporter.finished(futures[future], told.seconds)
        return [results[position] for position in range(len(items))]


def _result(future: Future[LoggedResult[R]]) -> LoggedResult[R]:
    if isinstance(error := future.exception(), BrokenProcessPool):
        raise RunError(
            "a worker process died, killed or out of memory: what is finished is kept; "
            "the same command goes on from there, with fewer --workers in less memory"
        ) from error
    if error is not None:
        log_again(records_of(error))
        raise error
    told = future.result()
    log_again(told.records)
    return told
