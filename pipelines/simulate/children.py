"""Cells of one design in a child process, which is killed where a row exceeds its time: solvers hang inside C."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from ...errors import SimulationError
from .cell import CellResult, Structure, compiled
from .protocol import Protocol

log = logging.getLogger(__name__)

_COMPILING_SECONDS = 300.0
"""Added to the first row's time: importing PyBaMM and compiling the model."""
_CONTEXT = multiprocessing.get_context("spawn")
"""fork would copy a parent whose libraries hold locks and threads."""


@dataclass(frozen=True)
class Failure:
    """Reason why a cell has no result."""

    reason: str


def simulate_design(
    design: Mapping[str, float], structures: Sequence[Structure], protocol: Protocol
) -> Generator[CellResult | Failure]:
    """One outcome a structure, in order, each as soon as it is there.

    A child that dies or exceeds ``protocol.row_seconds`` costs its row only: the next row starts a new child.
    """
    done = 0
    while done < len(structures):
        for outcome in _outcomes_of_one_child(design, structures[done:], protocol):
            done += 1
            yield outcome


def _outcomes_of_one_child(
    design: Mapping[str, float], structures: Sequence[Structure], protocol: Protocol
) -> Generator[CellResult | Failure]:
    """Outcomes until all structures are done or the child is lost; the last is then the failure that lost it."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    child = _CONTEXT.Process(target=_serve, args=(sender, dict(design), list(structures), protocol), daemon=True)
    child.start()
    sender.close()
    patience = protocol.row_seconds + _COMPILING_SECONDS
    try:
        for _ in structures:
            if not receiver.poll(patience):
                yield Failure(f"no result within {patience:g} s")
                return
            try:
                outcome = receiver.recv()
            except EOFError:
                child.join()
                yield Failure(f"the process ended with exit code {child.exitcode}")
                return
            yield outcome
            patience = protocol.row_seconds
    finally:
        child.kill()
        child.join()
        receiver.close()


def _serve(
    sender: Connection, design: Mapping[str, float], structures: Sequence[Structure], protocol: Protocol
) -> None:
    """Send one outcome a structure from the child; an unforeseen exception ends the child with its traceback."""
    cycled = compiled(design, protocol)
    for structure in structures:
        outcome: CellResult | Failure
        try:
            outcome = cycled(structure)
        except SimulationError as error:
            outcome = Failure(str(error))
        sender.send(outcome)
