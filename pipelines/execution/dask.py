"""Work over a Dask cluster: an existing one, or one of processes on this machine.

Tasks travel as pickles over the wire, so a scheduler must be as trusted as a shell on its machines.
Workers read volumes and write predictions by path: they must see the same folders under the same names. A file of
``--plugin`` is sent to them; a package with plug-ins must be installed where they run.
"""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import DeviceError, MissingExtraError, RunError, SettingsError
from ...features.processes import THREAD_VARIABLES, cores
from .base import Progress, R, T
from .pace import Reporter, Weight
from .plugins import Source, load_again, loaded
from .worker_logs import LoggedCall, log_again, records_of

_SECONDS_TO_CONNECT = 15
_SECONDS_TO_START = 120


@dataclass(frozen=True)
class Greeting:
    """Description that a worker sends of itself."""

    host: str
    cores: int
    version: str
    unseen: tuple[str, ...]
    """The folders that it was asked for and cannot see."""


@dataclass(frozen=True, eq=False)
class DaskEngine:
    """The workers of a Dask client, each of one thread, since numerical libraries bring their own."""

    client: Any
    greetings: Mapping[str, Greeting]
    """Descriptions of the workers by their addresses."""
    sent: set[Source] = field(default_factory=set)
    """Plug-ins that the workers have, and those that come later will get."""

    @property
    def is_local(self) -> bool:
        """Whether all workers are on this machine."""
        return {greeting.host for greeting in self.greetings.values()} == {platform.node()}

    def n_workers(self, items: int) -> int:
        """One a worker, never more than there are items."""
        return max(1, min(len(self.greetings), items))

    def threads(self, items: int) -> int:
        """So many that together the tasks fill this machine once; of several, the one with least cores a worker."""
        if self.is_local:
            return max(1, cores() // self.n_workers(items))
        hosts = Counter(greeting.host for greeting in self.greetings.values())
        return max(1, min(greeting.cores // hosts[greeting.host] for greeting in self.greetings.values()))

    def threads_per_worker(self, items: int) -> int:
        """Threads of each busy worker on this machine; 1 on other machines."""
        return self.threads(items) if self.is_local else 1

    def backend(self, device: str) -> str:
        """The back end of the workers; DeviceError where they do not agree."""
        from ...features.backends import get_backend

        names = self.client.run(partial(_backend_name, get_backend, device))
        if len(set(names.values())) > 1:
            found = ", ".join(f"{address} {name}" for address, name in sorted(names.items()))
            raise DeviceError(f"--device {device} means different things to the Dask workers: {found}; name the device")
        return str(next(iter(names.values())))

    def map(
        self,
        function: Callable[[T], R],
        items: Sequence[T],
        *,
        progress: Progress | None = None,
        weights: Sequence[Weight] | None = None,
    ) -> list[R]:
        """Map in the order of the items. Tasks of a lost worker go to another; three losses by one task end all.

        Items that say that they spread over the workers by themselves run here, one after another.
        """
        from distributed import as_completed

        self._send_plugins()
        sent = [position for position, item in enumerate(items) if not getattr(item, "uses_whole_cluster", False)]
        futures = (
            self.client.map(LoggedCall(function), [items[position] for position in sent], pure=False) if sent else []
        )
        positions = {future.key: position for future, position in zip(futures, sent, strict=True)}
        reporter = Reporter(progress, len(items), weights=weights, workers=self.n_workers(len(items)))
        results: dict[int, R] = {}
        try:
            for future in as_completed(futures):
                told = _result(future)
                results[positions[future.key]] = told.result
                reporter.finished(positions[future.key], told.seconds)
        finally:
            # after an error or Ctrl-C nothing further is begun
            self.client.cancel(futures)
        for position, item in enumerate(items):
            if position not in results:
                began = time.monotonic()
                results[position] = function(item)
                reporter.finished(position, time.monotonic() - began)
        return [results[position] for position in range(len(items))]

    def _send_plugins(self) -> None:
        """Have all workers, and those that come for them, load the plug-ins of this process; RunError where one cannot."""
        here = loaded()
        if self.sent.issuperset(here):
            return
        try:
            self.client.register_worker_callbacks(setup=partial(load_again, here))
        except (SettingsError, RuntimeError) as error:
            raise RunError(f"a Dask worker cannot load the plug-ins: {error}") from error
        self.sent.update(here)


@contextmanager
def dask_engine(
    scheduler: str | None = None, *, workers: int | None = None, must_see: Sequence[Path] = ()
) -> Iterator[DaskEngine]:
    """The workers of the cluster at ``scheduler``; without one, ``workers`` processes of this machine.

    Raises MissingExtraError without Dask; RunError where no scheduler answers, no worker comes, or one
    has another version of this package, more than one thread, or does not see a path of ``must_see``.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingExtraError("distributed", "dask", "--engine dask") from error
    if scheduler is None:
        count = workers or cores()
        limited = dict.fromkeys(THREAD_VARIABLES, str(max(1, cores() // count)))
        with (
            LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                memory_limit=None,
                env=limited,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield _engine(client, count, must_see)
    else:
        with _connected(Client, scheduler) as client:
            yield _engine(client, 1, must_see)


def _connected(client: Any, scheduler: str) -> Any:
    try:
        return client(scheduler, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise RunError(f"--scheduler {scheduler}: no Dask scheduler answers there ({error})") from error


def _engine(client: Any, least: int, must_see: Sequence[Path]) -> DaskEngine:
    """The engine, once so many workers are there and every one is fit for work."""
    try:
        client.wait_for_workers(least, timeout=_SECONDS_TO_START)
    except TimeoutError as error:
        raise RunError(f"Dask: {least} workers were expected within {_SECONDS_TO_START} s, fewer came") from error
    threads = client.nthreads()
    greetings = client.run(partial(_greet, tuple(map(str, must_see))))
    for address, greeting in sorted(greetings.items()):
        if threads[address] != 1:
            raise RunError(
                f"Dask worker {address}: expected one thread, has {threads[address]}: start it with --nthreads 1"
            )
        if greeting.version != __version__:
            raise RunError(f"Dask worker {address}: expected poregrove {__version__}, has {greeting.version}")
        if greeting.unseen:
            raise RunError(
                f"Dask worker {address} on {greeting.host} does not see {', '.join(greeting.unseen)}: "
                "workers need the same folders under the same names"
            )
    return DaskEngine(client, greetings)


def _greet(paths: tuple[str, ...]) -> Greeting:
    return Greeting(platform.node(), cores(), __version__, tuple(path for path in paths if not Path(path).exists()))


def _backend_name(get: Callable[[str], Any], device: str) -> str:
    return str(get(device).name)


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    if future.status == "finished":
        told = future.result()
        log_again(told.records)
        return told
    if future.status == "cancelled":
        raise RunError(
            "a Dask task was cancelled, its scheduler went away: what is finished is kept, the same command goes on from there"
        )
    error = future.exception()
    log_again(records_of(error))
    if isinstance(error, KilledWorker):
        raise RunError(f"Dask workers died over one task again and again, out of memory? {error}") from error
    raise error
