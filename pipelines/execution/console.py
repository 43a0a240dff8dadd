"""Console output of a command: log lines, progress, and one line for an error."""

from __future__ import annotations

import errno
import logging
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ...errors import PoregroveError
from .bars import progress

__all__ = ["exit_code", "progress", "say", "speaking"]

log = logging.getLogger(__name__)

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after Ctrl-C and after SIGTERM, as shells and schedulers expect them."""

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
"""Errors of the system for a path that can be no input or output; any other is a failure during the work."""


@contextmanager
def speaking(*, quiet: bool = False) -> Iterator[None]:
    """Send the package's log lines to standard error, one plain line each, while the block runs.

    What a program that calls the command line had set before holds again afterwards.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"))
    logger = logging.getLogger("poregrove")
    handlers, propagate, level = logger.handlers[:], logger.propagate, logger.level
    logger.handlers[:] = [handler]
    logger.propagate = False
    handler.setLevel(logging.WARNING if quiet else logging.INFO)
    logger.setLevel(handler.level)
    try:
        yield
    finally:
        logger.handlers[:] = handlers
        logger.propagate = propagate
        logger.setLevel(level)


def say(text: str) -> None:
    """Print the result of a command; everything else goes to standard error."""
    sys.stdout.write(f"{text}\n")


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as Ctrl-C does."""


def exit_code(command: Callable[..., int], *arguments: Any, words: Sequence[str] = ()) -> int:
    """Run a command; an error of the package becomes one line and its exit code.

    A termination signal ends it as Ctrl-C does, so that locks are freed and nothing is half-written.
    ``words`` are the command as it was typed, for the message on how to resume.
    """
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return command(*arguments)
    except PoregroveError as error:
        log.error("%s", error)  # noqa: TRY400  the message says it all; a traceback would bury it
        return error.exit_code
    except OSError as error:  # a place that cannot be read or written; the message names it
        log.error("%s", error)  # noqa: TRY400  as above
        return UNUSABLE if error.errno in _BAD_PLACE else FAILED
    except KeyboardInterrupt as interrupt:
        log.warning("interrupted: what is finished is kept; to go on: %s", shlex.join(words) or "the same command")
        return TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated
