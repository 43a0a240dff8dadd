"""Stages of a run that stand on their own: one that fails says why, and the others are done all the same."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import PoregroveError, RunError

log = logging.getLogger(__name__)


class Stages:
    """The stages after the scores that failed, and why."""

    def __init__(self) -> None:
        self.failures: dict[str, str] = {}

    @contextmanager
    def optional(self, name: str) -> Iterator[None]:
        """Run the block; an error of the package or of the system ends it alone and is kept with its reason."""
        try:
            yield
        except (PoregroveError, OSError) as error:
            self.failures[name] = str(error) or type(error).__name__
            log.error("%s failed: %s", name, error)  # noqa: TRY400  the message says it all

    def raise_failures(self, finished: str) -> None:
        """Raise RunError naming each stage that failed, its reason, and the finished parts."""
        if self.failures:
            told = "; ".join(f"{name} failed: {reason}" for name, reason in self.failures.items())
            raise RunError(f"{told}. {finished} The same command goes on with what is missing.")
