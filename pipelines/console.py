"""What a person sees while a command works: log lines, progress, and one line for an error."""

from __future__ import annotations

import errno
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..errors import PoregroveError
from .workers import Progress

log = logging.getLogger(__name__)

INTERRUPTED = 130
"""Exit code after Ctrl-C or a termination signal, as shells expect it."""

FAILED, UNUSABLE = 1, 2
_BAD_PLACE = frozenset(
    {
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ELOOP,
    }
)
"""What the system says of a path that can be no input or output; anything else is a failure under way."""

_LINE_SECONDS = 15.0


def begin(*, quiet: bool = False) -> None:
    """Send the package's log lines to standard error, one plain line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"))
    logger = logging.getLogger("poregrove")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.WARNING if quiet else logging.INFO)


@contextmanager
def progress(label: str, unit: str = "item") -> Iterator[Progress]:
    """A callable for (done, total): a bar on a terminal, a log line now and then elsewhere."""
    if sys.stderr.isatty():
        yield from _bar(label, unit)
    else:
        yield from _lines(label, unit)


def _bar(label: str, unit: str) -> Iterator[Progress]:
    from tqdm import tqdm

    with tqdm(desc=label, unit=unit, leave=False, file=sys.stderr) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


def _lines(label: str, unit: str) -> Iterator[Progress]:
    began = last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _LINE_SECONDS:
            last = now
            log.info("%s: %d of %d %ss, %.0f s", label, done, total, unit, now - began)

    yield report


def say(text: str) -> None:
    """Print what a command was asked for; everything else goes to standard error."""
    sys.stdout.write(f"{text}\n")


def exit_code(command: Callable[..., int], *arguments: Any) -> int:
    """Run a command; an error of the package becomes one line and its exit code.

    A termination signal ends it as Ctrl-C does, so that locks are freed and nothing is half-written.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return command(*arguments)
    except PoregroveError as error:
        log.error("%s", error)  # noqa: TRY400  the message says it all; a traceback would bury it
        return error.exit_code
    except OSError as error:  # a place that cannot be read or written; the message names it
        log.error("%s", error)  # noqa: TRY400  as above
        return UNUSABLE if error.errno in _BAD_PLACE else FAILED
    except KeyboardInterrupt:
        log.warning("interrupted: what is finished is kept, the same command goes on from there")
        return INTERRUPTED


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
