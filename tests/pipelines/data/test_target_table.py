"""The table people take away."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.data.target_table import target_table, write_target_table
from poregrove.pipelines.settings import TargetSettings
from poregrove.schema import TARGET_TABLE, TARGETS


def table_of(path):
    return target_table(observe(open_dataset(path), TargetSettings()))


def test_columns_rows_and_order(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(3), row(1), row(2, status="failed")])
    table = table_of(tmp_path)
    assert tuple(table.columns) == TARGET_TABLE.names
    assert table["sample_id"].tolist() == [5003, 5001, 5002]


def test_the_file_keeps_key_types_and_says_units(tmp_path, row, write):
    source = write(tmp_path / "data" / "a.parquet", [row(0, param_id=None), row(1, param_id=4)])
    out = tmp_path / "new" / "targets.parquet"
    write_target_table(table_of(source), out)
    schema = pq.read_schema(out)
    assert tuple(schema.names) == TARGET_TABLE.names
    assert (schema.field("sample_id").type, schema.field("param_id").type) == (pa.int64(), pa.int64())
    assert {target.name: schema.field(target.name).metadata[b"unit"].decode() for target in TARGETS} == {
        target.name: target.unit for target in TARGETS
    }
    assert pq.read_table(out)["param_id"].to_pylist() == [None, 4]
    assert [path.name for path in out.parent.iterdir()] == ["targets.parquet"]


@pytest.mark.parametrize("key", ["s1", 7, None])
def test_a_file_of_failed_rows_has_typed_columns(tmp_path, row, write, key):
    source = write(tmp_path / "data" / "a.parquet", [row(0, sample_id=key, status="failed", tau_factor=None)])
    write_target_table(table_of(source), tmp_path / "t.parquet")
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert schema.field("cycle_life_status").type == pa.string()
    assert schema.field("tau_factor").type == pa.float64()
    assert pq.read_table(tmp_path / "t.parquet")["sample_id"].to_pylist() == [key]


def test_nothing_half_written_is_left(tmp_path, row, write, monkeypatch):
    source = write(tmp_path / "data" / "a.parquet", [row()])
    table = table_of(source)

    def breaks(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", breaks)
    out = tmp_path / "out"
    with pytest.raises(OSError, match="No space"):
        write_target_table(table, out / "t.parquet")
    assert list(out.iterdir()) == []
