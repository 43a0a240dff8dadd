"""Progress as people see it: a bar on a terminal, a log line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .base import Progress
from .durations import in_words
from .first_run import watching_kernels
from .pace import Pace

log = logging.getLogger(__name__)

_LINE_SECONDS = 15.0
_TICK_SECONDS = 1.0
_PACED = "{desc}: {percentage:3.0f}%|{bar}| {postfix} [{elapsed}]"


@contextmanager
def progress(label: str, unit: str = "item") -> Iterator[Progress]:
    """A callable for (done, total): a bar on a terminal, which also counts the kernels that a first run compiles; a log line now and then elsewhere.

    Told the pace of the work, it shows the time that is left and moves by time instead of by items.
    """
    if sys.stderr.isatty():
        with _bar(label, unit) as bar:
            yield bar
    else:
        yield Lines(label, unit)


class Lines:
    """Log lines, no two closer than some seconds."""

    def __init__(self, label: str, unit: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._label, self._unit, self._clock = label, unit, clock
        self._began = self._last = clock()
        self._pace: Pace | None = None

    def follow(self, pace: Pace) -> None:
        """Tell the time that is left by this pace."""
        self._pace = pace

    def __call__(self, done: int, total: int) -> None:
        """Log a line where one is due."""
        now = self._clock()
        if done == total or now - self._last >= _LINE_SECONDS:
            self._last = now
            passed = now - self._began
            left = self._left(done, total, passed)
            more = "" if done == total else f", about {in_words(left)} left"
            log.info("%s: %d of %d %ss, %.0f s%s", self._label, done, total, self._unit, passed, more)

    def _left(self, done: int, total: int, passed: float) -> float:
        return passed * (total - done) / max(1, done) if self._pace is None else self._pace.left


class Bar:
    """A bar of tqdm: by items, or by time where it is told the pace, drawn anew every second then."""

    def __init__(self, bar: Any, label: str, unit: str) -> None:
        self._bar, self._label, self._unit = bar, label, unit
        self._pace: Pace | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._done, self._of = 0, 0

    def follow(self, pace: Pace) -> None:
        """Move by this pace from now on."""
        with self._lock:
            self._pace = pace
            self._bar.bar_format, self._bar.total = _PACED, 100.0
        if self._thread is None:
            self._thread = threading.Thread(target=self._tick, name="progress", daemon=True)
            self._thread.start()

    def __call__(self, done: int, total: int) -> None:
        """Draw the bar."""
        if done and self._bar.desc != f"{self._label}: ":
            self._bar.set_description(self._label, refresh=False)
        with self._lock:
            self._done, self._of = done, total
            if self._pace is None:
                self._bar.total = total
                self._bar.update(done - self._bar.n)
            else:
                self._draw(self._pace)

    def compiled(self, n: int) -> None:
        """Say that so many kernels are compiled, as long as nothing is done."""
        if not self._bar.n:
            self._bar.set_description(f"{self._label} (first run, kernels compiled: {n})")

    def end(self) -> None:
        """Stop drawing."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            with self._lock:
                if self._pace is not None:
                    self._draw(self._pace)

    def _draw(self, pace: Pace) -> None:
        counted = f"{self._done} of {self._of} {self._unit}s, " if self._of else ""
        self._bar.n = round(100.0 * pace.share, 1)
        self._bar.set_postfix_str(f"{counted}about {in_words(pace.left)} left", refresh=False)
        self._bar.refresh()


@contextmanager
def _bar(label: str, unit: str) -> Iterator[Bar]:
    from tqdm import tqdm
    from tqdm.contrib.logging import logging_redirect_tqdm

    # a log line meanwhile stands above the bar, which is drawn again below it
    loggers = [logging.getLogger("poregrove")]
    with logging_redirect_tqdm(loggers), tqdm(desc=label, unit=unit, leave=False, file=sys.stderr) as drawn:
        bar = Bar(drawn, label, unit)
        try:
            with watching_kernels(bar.compiled):
                yield bar
        finally:
            bar.end()
