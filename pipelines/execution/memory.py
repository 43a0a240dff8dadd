"""Memory of the machine, and the number of processes of a given need that fit into it."""

from __future__ import annotations

import os
from pathlib import Path

GIB = 2**30
SHARE = 0.5
"""Share of the machine's memory that is used by default; the rest is for the page cache and for others."""
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def total_bytes() -> int | None:
    """Memory of the machine, or of the container where that is less; None where unknown."""
    return min((size for size in (physical_memory(), _container()) if size is not None), default=None)


def workers_within(workers: int, each: float, *, first: float = 0.0, budget_gib: float | None = None) -> int:
    """At most ``workers`` processes that need ``each`` bytes beside one that needs ``first``, but at least one.

    ``budget_gib``: what all may take together in GiB; None: half of what the machine has.
    """
    if budget_gib is not None:
        budget = budget_gib * GIB
    elif (total := total_bytes()) is not None:
        budget = SHARE * total
    else:
        return workers
    return max(1, min(workers, int((budget - first) // max(each, 1.0))))


def physical_memory() -> int | None:
    """Bytes of memory that the machine has, None where it does not say."""
    if not {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(getattr(os, "sysconf_names", ())):
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _container() -> int | None:
    """The limit of a Linux control group; ``max`` stands for none."""
    try:
        limit = _CONTAINER_LIMIT.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(limit) if limit.isdigit() else None
