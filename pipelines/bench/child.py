"""One measurement in a process of its own: CPU time and peak memory on one thread."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...features.processes import THREAD_VARIABLES
from .fields import Field
from .reference import reference_diffusivity
from .solvers import Solver, solver_named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Side = Literal["ours", "peer", "reference"]
FAMILY = "family:"
SOLVER = "solver:"
_ENOUGH_SECONDS = 20.0
"""A slow call is not repeated beyond this."""
_WARM_SIZE = 24


@dataclass(frozen=True)
class Job:
    """A computation to measure, and the volume to run it on.

    ``what``: ``tortuosity`` (one axis, axis 0), ``set`` (the peer-comparable set), ``everything`` (both
    tiers), the name of a quantity, or ``family:`` and that of a family, ``solver:`` and that of a solver. The reference
    knows ``tortuosity`` only.
    """

    side: Side
    what: str
    field: Field
    size: int
    repeats: int


@dataclass(frozen=True)
class Measurement:
    """Medians over the repeats; ``value`` is the relative diffusivity where that was asked for."""

    seconds: float
    runs: int
    peak_bytes: int
    value: float | None


def measure(job: Job) -> Measurement:
    """Run a job in a fresh process that may use one thread."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            return pool.submit(measure_here, job).result()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def measure_here(job: Job) -> Measurement:
    """Measure a job in this process, once warmed up."""
    call, make = _call(job), _maker(job)
    call(make(job.field, _WARM_SIZE))
    volume = make(job.field, job.size)
    seconds: list[float] = []
    value: float | None = None
    while len(seconds) < job.repeats and (not seconds or sum(seconds) < _ENOUGH_SECONDS):
        start = time.process_time()
        value = call(volume)
        seconds.append(time.process_time() - start)
    return Measurement(statistics.median(seconds), len(seconds), _peak_bytes(), value)


def _maker(job: Job) -> Callable[[Field, int], NDArray[Any]]:
    """What makes the volume of a job."""
    if job.what.startswith(SOLVER):
        return solver_named(job.what.removeprefix(SOLVER)).volume
    return Field.make


def _call(job: Job) -> Callable[[NDArray[Any]], float | None]:
    if job.what.startswith(SOLVER):
        return _solver(solver_named(job.what.removeprefix(SOLVER)), job.side)
    if job.side == "reference":
        return lambda volume: reference_diffusivity(volume, 0)
    return _ours(job.what) if job.side == "ours" else _theirs(job.what)


def _solver(solver: Solver, side: Side) -> Callable[[NDArray[Any]], float | None]:
    if side == "ours":
        return solver.ours
    theirs = solver.peer
    if theirs is None:
        raise ValueError(f"no peer of the solver {solver.name!r}")

    def run(volume: NDArray[Any]) -> None:
        theirs(volume)

    return run


def _ours(what: str) -> Callable[[NDArray[np.bool_]], float | None]:
    from ...features import describe, descriptors
    from .quantities import COLUMNS, QUANTITIES

    if what == "tortuosity":
        return _one_axis
    columns = {"set": COLUMNS, "everything": None} | {quantity.name: quantity.columns for quantity in QUANTITIES}
    if what.startswith(FAMILY):
        columns[what] = tuple(column.name for column in descriptors() if column.family == what.removeprefix(FAMILY))
    wanted = columns[what]

    def run(volume: NDArray[np.bool_]) -> None:
        describe(volume, columns=wanted, device="cpu")

    return run


def _one_axis(volume: NDArray[np.bool_]) -> float:
    """Compute the tortuosity factor of one axis as ``describe`` does."""
    from ...features import describe

    return describe(volume, columns=("relative_diffusivity_z",), device="cpu")["relative_diffusivity_z"]


def _theirs(what: str) -> Callable[[NDArray[np.bool_]], float | None]:
    from .quantities import QUANTITIES, run_peer, tortuosity

    if what == "tortuosity":
        return lambda volume: tortuosity(volume, (0,))[0]
    quantity = next(quantity for quantity in QUANTITIES if quantity.name == what)

    def run(volume: NDArray[np.bool_]) -> None:
        run_peer(quantity, volume)

    return run


def _peak_bytes() -> int:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():
        # the figure of getrusage survives exec, and would be that of a larger parent
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def describe_result(measurement: Measurement) -> dict[str, Any]:
    """Plain values for JSON."""
    return {
        "seconds": measurement.seconds,
        "runs": measurement.runs,
        "peak_bytes": measurement.peak_bytes,
    }
