"""The benchmark: its measurements, their order, and its results."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Sequence
from typing import Any

from ...errors import SettingsError
from ...features import descriptors
from ...features.description import DEFAULT_TIERS
from .child import FAMILY, SOLVER, Job, Measurement, describe_result, measure
from .fields import FIELDS, REGULAR, STRESS, TYPICAL, Field
from .goals import goals
from .quantities import QUANTITIES
from .solvers import SOLVERS, Solver
from .versions import installed, versions

log = logging.getLogger(__name__)

SIZES = (64, 128, 200)
PREFERRED = 128
"""Edge of the volumes that peers are compared on, where it is among the sizes."""


def run_bench(
    *, sizes: Sequence[int] = SIZES, peers: bool = True, repeats: int = 3, reference: bool = True
) -> dict[str, Any]:
    """Time this project and the peers that are installed, on the same volumes, one thread each, one after another.

    sizes: edges of the cubes for the scaling; peers are compared on 128 where that is among them, else
    on the largest. peers: also run what other packages are installed. repeats: runs of which the median
    is taken, fewer for calls of more than a few seconds. reference: also solve the tortuosity problems
    to convergence in float64, for the errors (minutes at 128).

    Returns plain values: ``machine``, ``versions``, ``size``, ``tortuosity`` (a row a field),
    ``scaling`` (a row a size), ``solvers`` (a row a kind of problem of conduction), ``quantities`` (a row an entry of the peer-comparable set), ``families``
    (a row a descriptor file of both tiers), ``set`` and ``everything`` (seconds and peak bytes of one
    ``describe``), ``goals``. Raises SettingsError for sizes
    below 16 and for fewer repeats than 1.
    """
    if not sizes or min(sizes) < 16:  # noqa: PLR2004  below, nothing but the overhead of calls is timed
        raise SettingsError(
            f"sizes of the benchmark's volumes are 16 or more, got {', '.join(map(str, sizes)) or 'none'}"
        )
    if repeats < 1:
        raise SettingsError(f"the benchmark repeats a call at least once, got {repeats}")
    size = PREFERRED if PREFERRED in sizes else max(sizes)
    result: dict[str, Any] = {
        "machine": {"platform": platform.platform(), "processor": platform.processor(), "cpu_count": os.cpu_count()},
        "versions": versions(),
        "size": size,
        "tortuosity": [_tortuosity(field, size, repeats, peers=peers, reference=reference) for field in FIELDS],
        "scaling": [_scaling(edge, repeats) for edge in sorted(sizes)],
        "solvers": [_solver(solver, size, repeats, peers=peers) for solver in SOLVERS],
        "quantities": [_quantity(number, size, repeats, peers=peers) for number in range(len(QUANTITIES))],
        "families": [_family(name, size, repeats) for name in families()],
        "set": describe_result(_run(Job("ours", "set", TYPICAL, size, repeats))),
        "everything": describe_result(_run(Job("ours", "everything", TYPICAL, size, repeats))),
    }
    one_phase = next(row for row in result["tortuosity"] if row["field"] == TYPICAL.name)
    for row in result["solvers"]:
        row["times_one_phase"] = row["seconds"] / one_phase["seconds"]
    result["goals"] = goals(result, [field.name for field in REGULAR], STRESS.name)
    return result


def _tortuosity(field: Field, size: int, repeats: int, *, peers: bool, reference: bool) -> dict[str, Any]:
    ours = _run(Job("ours", "tortuosity", field, size, repeats))
    row: dict[str, Any] = {"field": field.name, **describe_result(ours), "relative_diffusivity": ours.value}
    if reference:
        row["reference"] = _run(Job("reference", "tortuosity", field, size, 1)).value
        row["error"] = _relative(ours.value, row["reference"])
    if peers and installed("taufactor"):
        theirs = _run(Job("peer", "tortuosity", field, size, repeats))
        row["peer"] = {"package": "taufactor", **describe_result(theirs), "relative_diffusivity": theirs.value}
        row["ratio"] = theirs.seconds / ours.seconds
        if reference:
            row["peer"]["error"] = _relative(theirs.value, row["reference"])
    return row


def _scaling(edge: int, repeats: int) -> dict[str, Any]:
    run = _run(Job("ours", "tortuosity", TYPICAL, edge, repeats))
    return {"edge": edge, **describe_result(run), "nanoseconds_a_voxel": run.seconds / edge**3 * 1e9}


def _solver(solver: Solver, size: int, repeats: int, *, peers: bool) -> dict[str, Any]:
    ours = _run(Job("ours", SOLVER + solver.name, TYPICAL, size, repeats))
    row: dict[str, Any] = {"solver": solver.name, **describe_result(ours), "conductivity": ours.value}
    if peers and solver.peer is not None and installed("taufactor"):
        theirs = _run(Job("peer", SOLVER + solver.name, TYPICAL, size, repeats))
        row["peer"] = {"package": "taufactor", **describe_result(theirs)}
        row["ratio"] = theirs.seconds / ours.seconds
    return row


def _quantity(number: int, size: int, repeats: int, *, peers: bool) -> dict[str, Any]:
    quantity = QUANTITIES[number]
    ours = _run(Job("ours", quantity.name, TYPICAL, size, repeats))
    row: dict[str, Any] = {"quantity": quantity.name, "columns": list(quantity.columns), **describe_result(ours)}
    if peers and installed(quantity.package):
        theirs = _run(Job("peer", quantity.name, TYPICAL, size, repeats))
        row["peer"] = {"package": quantity.package, **describe_result(theirs)}
        row["ratio"] = theirs.seconds / ours.seconds
    return row


def families() -> tuple[str, ...]:
    """The descriptor files of both tiers, in declaration order."""
    return tuple(dict.fromkeys(column.family for column in descriptors(DEFAULT_TIERS)))


def _family(name: str, size: int, repeats: int) -> dict[str, Any]:
    columns = [column.name for column in descriptors(DEFAULT_TIERS) if column.family == name]
    run = _run(Job("ours", FAMILY + name, TYPICAL, size, repeats))
    return {"family": name, "columns": columns, **describe_result(run)}


def _run(job: Job) -> Measurement:
    log.info("bench: %s, %s, %s, %d^3", job.side, job.what, job.field.name, job.size)
    return measure(job)


def _relative(value: float | None, truth: float | None) -> float | None:
    return value / truth - 1.0 if value is not None and truth else None
