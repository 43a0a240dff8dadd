"""The capacity trends and first cycles of one block of rows, out of Arrow columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from ...array_types import Float64
from ..targets.outcome import Reason
from ..targets.trace import Trace, no_trace, read_trace
from ..targets.trend import Trend, no_trend, read_trend
from .columns import CYCLE_FIELDS
from .ragged import ragged


def trends(cycles: Any | None, capacities: Any | None, n: int) -> Iterator[Trend]:
    """The trends of n rows; None stands for a column that the file does not have."""
    if cycles is None or capacities is None:
        yield from (no_trend(Reason.COLUMN_MISSING) for _ in range(n))
        return
    for x, y in zip(_lists(cycles), _lists(capacities), strict=True):
        if isinstance(x, Reason) or isinstance(y, Reason):
            yield no_trend(Reason.INVALID_JSON)
        else:
            yield read_trend(x, y)


def _lists(column: Any) -> Iterator[Float64 | Reason | None]:
    """The lists of a column, stored as such or as JSON text; None where there is none."""
    if not pa.types.is_string(column.type):
        lists = ragged(column)
        yield from (lists[row] for row in range(len(column)))
        return
    for item in column:
        text = item.as_py()
        yield None if text is None or not text.strip() else _parsed_list(text)


def _parsed_list(text: str) -> Float64 | Reason | None:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return Reason.INVALID_JSON
    if values is None:
        return None
    found = _floats(values)
    return Reason.INVALID_JSON if found is None else found


def traces(column: Any | None, n: int, *, rest_threshold: float) -> Iterator[Trace]:
    """The first cycles of n rows, stored as structs or as JSON text."""
    if column is None:
        yield from (no_trace(Reason.COLUMN_MISSING) for _ in range(n))
        return
    samples = _from_structs(column) if pa.types.is_struct(column.type) else _from_json(column)
    for lists in samples:
        yield no_trace(lists) if isinstance(lists, Reason) else read_trace(*lists, rest_threshold=rest_threshold)


Samples = tuple[Float64, Float64, Float64] | Reason


def _from_structs(column: Any) -> Iterator[Samples]:
    # flatten(), unlike field(), makes a member null where the struct itself is null.
    members = dict(zip((member.name for member in column.type), column.flatten(), strict=True))
    time, voltage, current = (ragged(members[name]) for name in CYCLE_FIELDS)
    for row in range(len(column)):
        t, v, i = time[row], voltage[row], current[row]
        yield Reason.NO_CYCLE if t is None or v is None or i is None else (t, v, i)


def _from_json(column: Any) -> Iterator[Samples]:
    for text in column:
        yield _parsed(text.as_py())


def _parsed(text: str | None) -> Samples:
    if text is None or not text.strip():
        return Reason.NO_CYCLE
    try:
        cycle = json.loads(text)
    except (ValueError, RecursionError):
        return Reason.INVALID_JSON
    if cycle is None:
        return Reason.NO_CYCLE
    if not isinstance(cycle, dict):
        return Reason.INVALID_JSON
    lists = [cycle.get(name) for name in CYCLE_FIELDS]
    if any(values is None for values in lists):
        return Reason.NO_CYCLE
    time, voltage, current = (_floats(values) for values in lists)
    return Reason.INVALID_JSON if time is None or voltage is None or current is None else (time, voltage, current)


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
