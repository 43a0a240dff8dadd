"""How far work has come whose tasks take unequal time: expected seconds, corrected by what finished tasks took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .base import Progress

_LEAST_LEFT = 0.02
"""Share of what was expected at the last finished task that stays expected while others run over their time."""


@dataclass(frozen=True)
class Weight:
    """Seconds that a task is expected to take, and its kind: tasks of one kind are mistaken alike."""

    seconds: float
    kind: str = ""


class Pace:
    """Share of the work that is done and the time that is left, of tasks that so many workers take in their order.

    A kind whose finished tasks took twice what was expected is expected to go on like that; a kind of which none is
    finished goes as all others together.
    """

    def __init__(self, weights: Sequence[Weight], workers: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._weights = dict(enumerate(weights))
        self._workers = max(1, workers)
        self._typical = sum(weight.seconds for weight in weights) / max(1, len(weights))
        self._took: dict[str, tuple[float, float]] = {}
        self._clock = clock
        self._began = self._last = clock()
        self._left = self._expected()
        self._share = 0.0

    def finished(self, position: int, seconds: float) -> None:
        """Count a task that took so many seconds."""
        weight = self._weights.pop(position)
        took, expected = self._took.get(weight.kind, (0.0, 0.0))
        self._took[weight.kind] = took + seconds, expected + weight.seconds
        self._last = self._clock()
        self._left = self._expected()

    @property
    def left(self) -> float:
        """Seconds until the last task is done."""
        if not self._weights:
            return 0.0
        return max(self._left - (self._clock() - self._last), _LEAST_LEFT * self._left)

    @property
    def share(self) -> float:
        """Share of the time that has passed, 0 to 1; it never falls."""
        if not self._weights:
            return 1.0
        passed = self._clock() - self._began
        self._share = max(self._share, passed / (passed + self.left)) if passed else self._share
        return self._share

    def _expected(self) -> float:
        """Seconds for what is left: the work over the workers, or the longest task where that is more."""
        overall = self._ratio(self._took.values(), 1.0)
        seconds = [
            weight.seconds * self._ratio([self._took.get(weight.kind, (0.0, 0.0))], overall)
            for weight in self._weights.values()
        ]
        return max(sum(seconds) / self._workers, max(seconds, default=0.0))

    def _ratio(self, took: Iterable[tuple[float, float]], before: float) -> float:
        """Seconds taken over seconds expected; one task of typical size speaks for ``before``."""
        pairs = [*took, (before * self._typical, self._typical)]
        expected = sum(seconds for _, seconds in pairs)
        return sum(seconds for seconds, _ in pairs) / expected if expected else before


@runtime_checkable
class FollowsPace(Protocol):
    """Progress that also shows the time that is left, where it is told the pace."""

    def follow(self, pace: Pace) -> None:
        """Show this pace from now on."""
        ...


class Reporter:
    """Tells ``progress`` of finished tasks, and of the pace where they have weights."""

    def __init__(
        self, progress: Progress | None, total: int, *, weights: Sequence[Weight] | None = None, workers: int = 1
    ) -> None:
        self._progress, self._total, self._done = progress, total, 0
        self._pace = None if weights is None else Pace(weights, workers)
        follower: object = progress
        if self._pace is not None and isinstance(follower, FollowsPace):
            follower.follow(self._pace)

    def finished(self, position: int, seconds: float) -> None:
        """Count the task at ``position``, which took so many seconds."""
        self._done += 1
        if self._pace is not None:
            self._pace.finished(position, seconds)
        if self._progress is not None:
            self._progress(self._done, self._total)
