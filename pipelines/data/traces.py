"""The capacity trends and first cycles of one block of rows, out of Arrow columns."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from ...array_types import Float64
from ..targets.lists import NumberLists
from ..targets.outcome import Reason
from ..targets.trace import Traces, no_traces, read_traces
from ..targets.trend import Trends, no_trends, read_trends
from .columns import CYCLE_FIELDS
from .ragged import number_lists


def trends(cycles: Any | None, capacities: Any | None, n: int) -> Trends:
    """The trends of n rows; None stands for a column that the file does not have."""
    if cycles is None or capacities is None:
        return no_trends(n, Reason.COLUMN_MISSING)
    return read_trends(_lists(cycles), _lists(capacities))


def _lists(column: Any) -> NumberLists:
    """The lists of a column, stored as such or as JSON text."""
    if not pa.types.is_string(column.type):
        return number_lists(column)
    found = [_parsed_list(item.as_py()) for item in column]
    return NumberLists.of([values for values, _ in found], [malformed for _, malformed in found])


def _parsed_list(text: str | None) -> tuple[Float64 | None, bool]:
    """The list that a JSON text holds, None where it holds none, and whether it is malformed."""
    if text is None or not text.strip():
        return None, False
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None, True
    if values is None:
        return None, False
    found = _floats(values)
    return found, found is None


def traces(column: Any | None, n: int, *, rest_threshold: float) -> Traces:
    """The first cycles of n rows, stored as structs or as JSON text."""
    if column is None:
        return no_traces(n, Reason.COLUMN_MISSING)
    members = _from_structs(column) if pa.types.is_struct(column.type) else _from_json(column)
    return read_traces(*members, rest_threshold=rest_threshold)


Members = tuple[NumberLists, NumberLists, NumberLists]


def _from_structs(column: Any) -> Members:
    # flatten(), unlike field(), makes a member null where the struct itself is null.
    members = dict(zip((member.name for member in column.type), column.flatten(), strict=True))
    time, voltage, current = (number_lists(members[name]) for name in CYCLE_FIELDS)
    return time, voltage, current


def _from_json(column: Any) -> Members:
    cycles = [_parsed_cycle(text.as_py()) for text in column]
    malformed = [is_malformed for _, is_malformed in cycles]
    time, voltage, current = (
        NumberLists.of([None if cycle is None else cycle[at] for cycle, _ in cycles], malformed)
        for at in range(len(CYCLE_FIELDS))
    )
    return time, voltage, current


def _parsed_cycle(text: str | None) -> tuple[list[Float64] | None, bool]:
    """Time, voltage and current that a JSON text holds, None where it holds no cycle, and whether it is malformed."""
    if text is None or not text.strip():
        return None, False
    try:
        cycle = json.loads(text)
    except (ValueError, RecursionError):
        return None, True
    if cycle is None:
        return None, False
    if not isinstance(cycle, dict):
        return None, True
    lists = [cycle.get(name) for name in CYCLE_FIELDS]
    if any(values is None for values in lists):
        return None, False
    members = [found for values in lists if (found := _floats(values)) is not None]
    complete = len(members) == len(lists)
    return (members if complete else None), not complete


def _floats(values: Any) -> Float64 | None:
    """float64[n] of a JSON list of numbers and nulls, None for anything else."""
    if not isinstance(values, list):
        return None
    try:
        array = np.array(values)
        if array.dtype == object and all(isinstance(value, int | float | None) for value in values):
            array = np.array(values, np.float64)  # null becomes NaN
    except (ValueError, OverflowError):  # lists within the list; an integer beyond the range of a float
        return None
    is_row_of_numbers = array.ndim == 1 and array.dtype.kind in "fiu"
    return array.astype(np.float64, copy=False) if is_row_of_numbers else None
