"""All cells of a data set, design by design, each kept on disk as soon as it is done."""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from .cell import Structure
from .children import Failure, simulate_design
from .crossing import Pair
from .designs import Vector
from .progress import Done
from .protocol import Protocol

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with (cells done, cells in all)."""


def simulate_cells(
    cells: Mapping[Pair, Structure],
    vectors: Sequence[Vector],
    protocol: Protocol,
    done: Done,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Simulate each cell of (volume, design) that ``done`` does not hold yet.

    ``vectors`` are those of the designs, by their numbers. A design is compiled once and meets its volumes in one child process;
    ``workers`` designs are under way at a time.
    """
    missing = {pair: structure for pair, structure in cells.items() if done.cell(*pair) is None}
    by_design: dict[int, dict[int, Structure]] = defaultdict(dict)
    for (volume, design), structure in missing.items():
        by_design[design][volume] = structure
    finished = itertools.count(len(cells) - len(missing) + 1)
    stopped = threading.Event()

    def run(design: int) -> None:
        structures = by_design[design]
        outcomes = simulate_design(vectors[design], list(structures.values()), protocol)
        with contextlib.closing(outcomes):
            for volume, outcome in zip(structures, outcomes, strict=True):
                done.keep_cell(volume, design, outcome)
                if isinstance(outcome, Failure):
                    log.warning("volume %d, design %d: %s", volume, design, outcome.reason)
                if progress is not None:
                    progress(next(finished), len(cells))
                if stopped.is_set():
                    return

    # Threads only wait here: the work is done by the children.
    with ThreadPoolExecutor(max(workers, 1)) as pool:
        try:
            for future in as_completed([pool.submit(run, design) for design in sorted(by_design)]):
                future.result()
        finally:
            # after an error or Ctrl-C nothing further is begun, and what runs ends after its row
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
