"""Columns are read by what they mean, however a writer stored them."""

import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data.columns import LIST, NUMBER, TEXT
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.data.plain import plain
from poregrove.pipelines.settings import TargetSettings

TWO = [[1.0, 2.0], None, [3.0]]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", None], pa.string_view()),
        pa.array(["a", None], pa.large_string()),
        pa.array(["a", None]).dictionary_encode(),
        pa.array([b"a", None], pa.binary()),
    ],
    ids=lambda column: str(column.type)[:20],
)
def test_text(column):
    assert plain(column, TEXT).to_pylist() == ["a", None]
    assert plain(column, TEXT).type == pa.string()


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["1.5", None, "2e3"]),
        pa.array([Decimal("1.5"), None, Decimal(2000)]),
        pa.array([1.5, None, 2000.0]).dictionary_encode(),
        pa.array(["1.5", None, "2e3"]).dictionary_encode(),
        pa.array([" 1.5", "n/a", "2000 "], pa.string_view()),
    ],
    ids=lambda column: str(column.type)[:20],
)
def test_numbers(column):
    values = plain(column, NUMBER).cast(pa.float64()).to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(values, [1.5, np.nan, 2000.0])


@pytest.mark.parametrize(
    "kind", [pa.list_view(pa.float32()), pa.large_list_view(pa.float64()), pa.large_list(pa.int8())]
)
def test_lists(kind):
    found = plain(pa.array(TWO, kind), LIST)
    assert found.to_pylist() == TWO
    found.validate(full=True)
    assert plain(pa.array(TWO, kind)[1:], LIST).to_pylist() == TWO[1:]


@pytest.mark.parametrize(("text", "said"), [("1,5", "decimal comma"), ("high", "expected a number")])
def test_text_that_is_no_number_is_shown(text, said):
    with pytest.raises(DataSetError, match=said) as caught:
        plain(pa.array([text]), NUMBER)
    assert repr(text) in str(caught.value)


def test_a_set_gives_the_same_targets_however_its_columns_are_stored(tmp_path, row):
    """Text as views, numbers as text and as decimals, lists as views and as JSON."""
    rows = [row(0), row(1, tau_factor=2.5)]
    table = pa.Table.from_pylist(rows)
    (tmp_path / "a").mkdir()
    pq.write_table(table, tmp_path / "a" / "rows.parquet")
    changed = {
        "filename": pa.array([item["filename"] for item in rows], pa.string_view()),
        "status": pa.array([item["status"] for item in rows]).dictionary_encode(),
        "tau_factor": pa.array([Decimal(repr(item["tau_factor"])) for item in rows]),
        "input_Separator porosity": pa.array([repr(item["input_Separator porosity"]) for item in rows]),
        "capacity_trend_ah": pa.array([item["capacity_trend_ah"] for item in rows], pa.list_view(pa.float64())),
        "capacity_trend_cycles": pa.array([json.dumps(item["capacity_trend_cycles"]) for item in rows]),
        "cycle_first": pa.array([json.dumps(item["cycle_first"]) for item in rows], pa.string_view()),
    }
    for name, column in changed.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    (tmp_path / "b").mkdir()
    pq.write_table(table, tmp_path / "b" / "rows.parquet")
    frames = [observe(open_dataset(tmp_path / name), TargetSettings()).frame for name in "ab"]
    assert frames[0].equals(frames[1])


def test_a_value_that_is_no_number_is_named_with_its_file(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(tau_factor="high")])
    with pytest.raises(DataSetError, match=r"a\.parquet: the column 'tau_factor' holds the text 'high'"):
        observe(open_dataset(tmp_path), TargetSettings())
