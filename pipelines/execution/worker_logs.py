"""Log lines of workers, returned with their results, so that one log holds the whole run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self

from .base import R, T

ROOT = __package__.partition(".")[0]
_ATTRIBUTE = "poregrove_records"


@dataclass(frozen=True)
class LoggedResult(Generic[R]):
    """A result with its log records, and the seconds that it took."""

    result: R
    records: list[logging.LogRecord]
    seconds: float


@dataclass(frozen=True)
class LoggedCall(Generic[T, R]):
    """A function that returns its log records beside its result; an exception carries them too."""

    function: Callable[[T], R]

    def __call__(self, item: T) -> LoggedResult[R]:
        """``function(item)`` with what it logged."""
        began = time.monotonic()
        with _Collecting() as handler:
            result = self.function(item)
        return LoggedResult(result, handler.records, time.monotonic() - began)


def records_of(error: BaseException) -> list[logging.LogRecord]:
    """Log records of a task that raised ``error``."""
    records: list[logging.LogRecord] = getattr(error, _ATTRIBUTE, [])
    return records


def log_again(records: Iterable[logging.LogRecord]) -> None:
    """Log the records of another process here."""
    for record in records:
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)


class _Collecting(logging.Handler):
    """Keeps what this thread logs in the package while the block runs, ready to be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.thread = threading.get_ident()

    def __enter__(self) -> Self:
        logger = logging.getLogger(ROOT)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False  # this is a worker's process: its own streams are not read
        logger.addHandler(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        logging.getLogger(ROOT).removeHandler(self)
        if error is not None:
            setattr(error, _ATTRIBUTE, self.records)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text alone: arguments and tracebacks may hold what cannot be sent."""
        if record.thread == self.thread:
            record.msg, record.args, record.exc_info = record.getMessage(), None, None
            self.records.append(record)
