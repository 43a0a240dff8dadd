"""First run on a machine: how many kernels are compiled so far, whichever process compiles them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...features.backends.cpu.compile import has_kernels, wanted_folder

EVERY = 0.5
"""Seconds between two looks."""


@contextmanager
def watching_kernels(told: Callable[[int], None]) -> Iterator[None]:
    """Call ``told`` with the number of kernels compiled so far, twice a second from another thread, while the block runs.

    Their files are counted, since workers compile in processes of their own. Where some lie there before, nothing is told.
    """
    folder = wanted_folder()
    if has_kernels():
        yield
        return
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY):
            if n := sum(1 for _ in folder.rglob("*.nbi")):
                told(n)

    thread = threading.Thread(target=watch, name="kernels", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
