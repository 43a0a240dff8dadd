"""Cycles and trends out of Arrow columns, in every form in which files hold them."""

import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from poregrove.pipelines.data.traces import traces, trends
from poregrove.pipelines.targets.outcome import REASONS, Reason
from poregrove.pipelines.targets.trace import Traces

NAN = float("nan")
CYCLE = {"Time_h": [0, 1, 2], "Voltage_V": [4.0, 3.5, 3.0], "Current_A": [0.0, 5.0, 5.0]}


def changed(**members):
    return {**CYCLE, **members}


def cycles(column):
    return cells_of(traces(column, len(column), rest_threshold=0.01))


def cells_of(batch):
    """Each cycle or trend of a batch by itself."""
    lists = batch.samples if isinstance(batch, Traces) else batch.points
    return [cell_of(batch, row, slice(*lists.offsets[row : row + 2])) for row in range(len(batch))]


def cell_of(batch, row, items):
    """Its flat arrays cut to one list, its other arrays to one row, reasons in words."""
    found = {}
    for name, values in vars(batch).items():
        if isinstance(values, np.ndarray):
            found[name] = values[row] if name in ROWS else values[items]
    found["reason"] = REASONS[found["reason"] - 1] if found["reason"] else None
    return SimpleNamespace(**found, n=items.stop - items.start)


ROWS = {"reason", "tail", "dropped"}


def structs(rows, list_type=None, value_type=None):
    of = (list_type or pa.list_)(value_type or pa.float32())
    return pa.array(rows, pa.struct([(name, of) for name in CYCLE]))


def texts(rows, kind=None):
    return pa.array([None if row is None else json.dumps(row) for row in rows], kind or pa.string())


FORMS = {
    "struct": structs,
    "struct of float64": lambda rows: structs(rows, value_type=pa.float64()),
    "struct of large lists": lambda rows: structs(rows, pa.large_list),
    "json": texts,
    "large json": lambda rows: texts(rows, pa.large_string()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_samples(form):
    column = FORMS[form]([CYCLE, changed(Voltage_V=[3.0, 3.5, 4.0])])
    (first, second) = cycles(column)
    assert first.time.tolist() == [0, 1, 2]
    assert first.voltage.tolist() == [4.0, 3.5, 3.0]
    assert first.current.tolist() == [0, 5, 5]
    assert first.phase.tolist() == [0, 1, 1]
    assert second.voltage.tolist() == [3.0, 3.5, 4.0]
    assert traces(column, 2, rest_threshold=0.01).leading_rest.all()


@pytest.mark.parametrize("form", FORMS)
def test_null_and_nan_anywhere(form):
    rows = [
        None,
        changed(Voltage_V=None),
        changed(Voltage_V=[4.0, None, 3.0]),
        changed(Time_h=[0.0, NAN, 2.0]),
        changed(Current_A=[None, None, None]),
        changed(Time_h=[], Voltage_V=[], Current_A=[]),
        changed(Time_h=[0.0]),
        CYCLE,
    ]
    found = cycles(FORMS[form](rows))
    assert [trace.reason for trace in found] == [
        Reason.NO_CYCLE,
        Reason.NO_CYCLE,
        None,
        None,
        Reason.EMPTY_CYCLE,
        Reason.EMPTY_CYCLE,
        Reason.LENGTH_MISMATCH,
        None,
    ]
    assert [trace.n for trace in found] == [0, 0, 2, 2, 0, 0, 0, 3]
    assert found[2].time.tolist() == [0, 2]
    assert not traces(FORMS[form](rows), len(rows), rest_threshold=0.01).leading_rest[0]


def test_a_slice_of_a_column_begins_where_it_should():
    column = structs([changed(Voltage_V=[float(row)] * 3) for row in range(5)])
    assert [trace.voltage[0] for trace in cycles(column.slice(2, 2))] == [2.0, 3.0]


def test_a_column_of_nulls_and_no_column():
    assert [trace.reason for trace in cycles(pa.nulls(2))] == [Reason.NO_CYCLE] * 2
    (missing,) = cells_of(traces(None, 1, rest_threshold=0.01))
    assert missing.reason is Reason.COLUMN_MISSING


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NO_CYCLE),
        ("null", Reason.NO_CYCLE),
        ("{}", Reason.NO_CYCLE),
        ("{", Reason.INVALID_JSON),
        ("nonsense", Reason.INVALID_JSON),
        ("[1, 2]", Reason.INVALID_JSON),
        ("3", Reason.INVALID_JSON),
        ("[" * 100_000, Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=["0", "1", "2"])), Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=7)), Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=[[0], [1], [2]])), Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=[10**400, 1, 2])), Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=[[0], [1, 2], 2])), Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=[0, None, "2"])), Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=[True, False, True])), Reason.INVALID_JSON),
        (json.dumps(changed(Time_h=[NAN, NAN, NAN])), Reason.EMPTY_CYCLE),
    ],
)
def test_json_that_is_no_cycle(text, reason):
    assert cycles(pa.array([text]))[0].reason is reason


@pytest.mark.parametrize(
    ("cycle_type", "capacity_type"),
    [
        (pa.list_(pa.int64()), pa.list_(pa.float64())),
        (pa.list_(pa.float64()), pa.list_(pa.float32())),
        (pa.large_list(pa.int32()), pa.large_list(pa.float64())),
        (pa.list_(pa.int16(), 3), pa.list_(pa.float64(), 3)),
    ],
)
def test_trends_of_every_list_type(cycle_type, capacity_type):
    x = pa.array([[1, 2, 3], None, [4, 5, 6]], cycle_type)
    y = pa.array([[5.0, None, 4.0], None, [3.0, 2.0, 1.0]], capacity_type)
    first, null, last = cells_of(trends(x, y, 3))
    assert (first.cycle.tolist(), first.capacity.tolist(), first.dropped) == ([1, 3], [5.0, 4.0], 1)
    assert null.reason is Reason.NO_TREND
    assert last.capacity.tolist() == [3.0, 2.0, 1.0]


def test_trends_of_lists_without_values():
    x = pa.array([[], [None], [1, 2], None])
    y = pa.array([[], [None], [5.0], None])
    assert [trend.reason for trend in cells_of(trends(x, y, 4))] == [
        Reason.NO_TREND,
        Reason.NO_TREND,
        Reason.LENGTH_MISMATCH,
        Reason.NO_TREND,
    ]
    assert [trend.reason for trend in cells_of(trends(pa.nulls(2), pa.nulls(2), 2))] == [Reason.NO_TREND] * 2
    assert [trend.reason for trend in cells_of(trends(None, y, 4))] == [Reason.COLUMN_MISSING] * 4


def test_integers_too_large_for_a_float_lose_digits_not_the_row():
    trend = trends(pa.array([[2**60 + 1]]), pa.array([[5.0]]), 1)
    assert trend.last_cycle[0] == np.float64(2**60)
