"""Sensitivity of the targets to the inputs: each scalar and the structure from low to high, all else in the middle.

``python -m poregrove.pipelines.simulate.study`` prints the table behind the choice of protocol and ranges.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from ...errors import SimulationError
from ...schema import CELL_TARGETS
from ..settings import TargetSettings
from ..targets.cell import cell_targets
from ..targets.lists import NumberLists
from ..targets.trace import read_traces
from ..targets.trend import read_trends
from .cell import CellResult, Structure
from .children import simulate_design
from .designs import RANGES, Vector, vector_at
from .protocol import Protocol

MIDDLE = Structure(porosity=0.45, tau_factor=2.0)
STRUCTURES = {
    "tau_factor": (Structure(MIDDLE.porosity, 1.5), Structure(MIDDLE.porosity, 3.5)),
    "porosity": (Structure(0.35, MIDDLE.tau_factor), Structure(0.6, MIDDLE.tau_factor)),
}
"""Low and high of what the image gives, each within what the generators give."""


def one_at_a_time(protocol: Protocol | None = None, inputs: Sequence[str] | None = None) -> pd.DataFrame:
    """Targets at the low and the high end of each input: one row an input, columns (target, low | high | change).

    ``change`` is (high - low) over the mean magnitude of both. ``inputs`` are names of scalars, ``tau_factor`` and ``porosity``;
    all by default. Raises SimulationError where a cell fails.
    """
    protocol = protocol or Protocol()
    wanted = [*STRUCTURES, *(item.name for item in RANGES)] if inputs is None else inputs
    rows = {name: _changes(*_ends(name, protocol)) for name in wanted}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="input")


def _ends(name: str, protocol: Protocol) -> Iterator[dict[str, float]]:
    if name in STRUCTURES:
        yield from _targets(vector_at({}), STRUCTURES[name], protocol)
    else:
        for share in (0.0, 1.0):
            yield from _targets(vector_at({name: share}), (MIDDLE,), protocol)


def _targets(vector: Vector, structures: Sequence[Structure], protocol: Protocol) -> Iterator[dict[str, float]]:
    for outcome in simulate_design(vector, structures, protocol):
        if not isinstance(outcome, CellResult):
            raise SimulationError(f"study: {outcome.reason}")
        yield targets_of(outcome)


def targets_of(result: CellResult) -> dict[str, float]:
    """The targets of one simulated cell."""
    settings = TargetSettings()
    cycle, ah, time, voltage, current = (
        NumberLists.of([np.asarray(values, float)])
        for values in (result.cycles, result.capacity, result.time, result.voltage, result.current)
    )
    trace = read_traces(time, voltage, current, rest_threshold=settings.rest_threshold)
    found = cell_targets(read_trends(cycle, ah), trace, 1, settings)
    return {name: float(getattr(found, name).value[0]) for name in CELL_TARGETS}


def _changes(low: dict[str, float], high: dict[str, float]) -> dict[tuple[str, str], float]:
    ends = {name: {"low": low[name], "high": high[name]} for name in low}
    return {
        (name, part): value
        for name, pair in ends.items()
        for part, value in (*pair.items(), ("change", _change(**pair)))
    }


def _change(low: float, high: float) -> float:
    return 2 * (high - low) / (abs(low) + abs(high))


def text(table: pd.DataFrame) -> str:
    """The changes in per cent, one line an input."""
    changes = 100 * table.xs("change", axis=1, level=1)
    return str(changes.to_string(float_format="{:+.1f}".format))


if __name__ == "__main__":
    sys.stdout.write(text(one_at_a_time()) + "\n")
