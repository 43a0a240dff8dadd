"""Interface of an engine: it maps a function over items, somewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from .pace import Weight

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int, int], None]
"""Called with (items done, items in all)."""


class Engine(Protocol):
    """Place where tasks run. Functions and items go to other processes, so both must be plain data by name."""

    @property
    def is_local(self) -> bool:
        """Whether all tasks run on this machine."""
        ...

    def n_workers(self, items: int) -> int:
        """Number of items worked on at once, of so many, at least 1."""
        ...

    def threads(self, items: int) -> int:
        """Threads that each of so many tasks may use so that together they fill the machine, at least 1."""
        ...

    def threads_per_worker(self, items: int) -> int:
        """Threads of each busy worker, those of idle workers included where items are few; at least 1."""
        ...

    def backend(self, device: str) -> str:
        """The back end that ``device`` means where the tasks run; DeviceError where it does not answer."""
        ...

    def map(
        self,
        function: Callable[[T], R],
        items: Sequence[T],
        *,
        progress: Progress | None = None,
        weights: Sequence[Weight] | None = None,
    ) -> list[R]:
        """``[function(item) for item in items]``.

        ``weights``: how long each item is expected to take, so that progress moves evenly where it follows a pace.
        The first exception ends the rest and is raised here; RunError where a worker is lost for good.
        """
        ...


Workers: TypeAlias = "Engine | int | None"
"""An engine, or so many processes of this machine (None: one a core)."""
