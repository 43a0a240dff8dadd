"""The log of a run folder, line by line, attempt after attempt."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ... import __version__

NAME = "run.log"
_ROOT = __package__.partition(".")[0]
_BEGIN, _END = "begin:", "end:"

log = logging.getLogger(__name__)


class Journal:
    """Appends what the package logs, in all detail, to a file while the block runs.

    Each attempt begins with its command and ends with its outcome; that of a killed one is written
    by the next.
    """

    def __init__(self, path: Path, command: Sequence[str]) -> None:
        self._handler = _File(path, encoding="utf-8", delay=True)
        self._command = command
        self._path = path

    def __enter__(self) -> Self:
        cut_short = _was_cut_short(self._path)
        logger = logging.getLogger(_ROOT)
        self._before = logger.level, logger.propagate
        self._onward = _Onward(logger.getEffectiveLevel())
        if logger.propagate:
            # what others see of this package stays what they asked for
            logger.addHandler(self._onward)
            logger.propagate = False
        logger.addHandler(self._handler)
        logger.setLevel(logging.DEBUG)
        if cut_short:
            log.warning("the attempt before this one was killed: what it finished is kept")
        log.debug("%s poregrove %s: %s", _BEGIN, __version__, shlex.join(self._command) or "called from Python")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        log.debug("%s %s", _END, "done" if error is None else f"{type(error).__name__} {error}".strip())
        logger = logging.getLogger(_ROOT)
        logger.removeHandler(self._handler)
        logger.removeHandler(self._onward)
        logger.level, logger.propagate = self._before
        logger.setLevel(logger.level)  # clears the logger's cache of enabled levels
        self._handler.close()


class _File(logging.FileHandler):
    """Plain lines in UTC; a disk that is full ends no run for its log."""

    def __init__(self, path: Path, *, encoding: str, delay: bool) -> None:
        super().__init__(path, encoding=encoding, delay=delay, errors="backslashreplace")
        formatter = logging.Formatter("%(asctime)sZ %(levelname)-7s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the library's name
        """Ignore the error: the message has gone to the console as well."""


class _Onward(logging.Handler):
    """Passes records on to the handlers above the package, as if there were no journal."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record on as if it had propagated."""
        if (above := logging.getLogger(_ROOT).parent) is not None:
            above.callHandlers(record)


def _was_cut_short(path: Path) -> bool:
    """Whether the last attempt in a log never ended; a line cut in the middle is closed."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return False
    if text and not text.endswith("\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
    return text.rfind(f" {_BEGIN} ") > text.rfind(f" {_END} ")
