"""Memory of a process that runs jobs, estimated so that no more are started than fit.

The constants are upper bounds of what ``tests/scale/run.py`` measured. At a million rows nearly all of
it is a booster's binned matrices: of the part that is fitted, of the part to stop early by,
and of both together for the second fit. The tables of the run are mapped (``tables/mapped_tables.py``), so all processes
together have them once.
"""

from __future__ import annotations

from .memory import workers_within
from .parallel import Workers, engine_of

LIBRARIES = 400 * 2**20
"""Bytes of a process with its libraries, before it has any rows."""
A_ROW = 150
"""Bytes a row of a worker: positions of the rows of a fold, labels of folds, one target at a time and predictions."""
A_MAPPED_ROW = 100
"""Bytes a row of the tables that all processes map: targets, groups and positions."""
A_NUMBER = 4
"""Bytes a number of the joined matrix, in bins and what the libraries make of them."""
A_ROW_OF_THE_PARENT = 400
"""Bytes a row of the process that starts the workers and holds the run tables."""


def worker_bytes(n_rows: int, n_columns: int) -> int:
    """Bytes of one process whose jobs have so many rows and columns."""
    return LIBRARIES + n_rows * (A_ROW + A_NUMBER * n_columns)


def parent_bytes(n_rows: int) -> int:
    """Bytes of the process that starts the others."""
    return LIBRARIES + n_rows * A_ROW_OF_THE_PARENT


def shared_bytes(n_rows: int) -> int:
    """Bytes that all processes have together once."""
    return n_rows * A_MAPPED_ROW


def limit_workers(
    workers: Workers, n_jobs: int, *, n_rows: int, n_columns: int, budget_gib: float | None = None
) -> Workers:
    """``workers`` as they are on other machines; on this one no more than memory holds.

    ``budget_gib``: what all processes may take together, in GiB; None: half of what the machine has,
    not of what happens to be free, since threads, and with them last digits, follow from the number.
    """
    if not (workers is None or isinstance(workers, int)):
        return workers
    return workers_within(
        engine_of(workers).n_workers(n_jobs),
        worker_bytes(n_rows, n_columns),
        first=parent_bytes(n_rows) + shared_bytes(n_rows),
        budget_gib=budget_gib,
    )
