"""Data sets that are broken, contradictory or malicious: refused by name, or a row with its reason; never a crash."""

import datetime as dt
import json
import os
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.data import dataset
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.labels import read_labels
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.data.target_table import target_table, write_target_table
from poregrove.pipelines.settings import TargetSettings
from poregrove.schema import ALL_TARGETS


def read(path):
    return observe(open_dataset(path), TargetSettings())


def refused(path, *parts):
    """The error of reading, by the library and by the command line, which leaves nothing behind."""
    with pytest.raises(DataSetError) as caught:
        read(path)
    for part in parts:
        assert str(part) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def refused_everywhere(tmp_path_factory, capfd):
    def check(path, *parts):
        elsewhere = tmp_path_factory.mktemp("out")
        assert main(["targets", str(path), "--out", str(elsewhere / "t.parquet")]) == 2
        said = capfd.readouterr().err
        assert refused(path, *parts) in said
        assert "Traceback" not in said
        assert not [*elsewhere.iterdir()]

    return check


def spoilt_text(content):
    """One string whose bytes are no UTF-8, as no library would write it but a file may hold it."""
    offsets = pa.py_buffer(np.array([0, len(content)], np.int32))
    return pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(content)])


class TestText:
    @pytest.mark.parametrize("column", ["filename", "status", "sample_id", "cycle_first"])
    def test_bytes_that_are_no_utf8(self, tmp_path, row, write, column, refused_everywhere):
        table = pa.Table.from_pylist([row(sample_id="a", cycle_first="{}")])
        place = table.schema.get_field_index(column)
        write(tmp_path / "a.parquet", table.set_column(place, column, spoilt_text(b"\xff\xfea")))
        refused_everywhere(tmp_path, "a.parquet", repr(column), "UTF8")

    def test_an_unread_column_may_hold_what_it_likes(self, tmp_path, row, write):
        table = pa.Table.from_pylist([row()]).append_column("note", spoilt_text(b"\xff"))
        write(tmp_path / "a.parquet", table)
        assert len(read(tmp_path).frame) == 1


class TestForms:
    @pytest.mark.parametrize(
        "key",
        [
            (pa.timestamp("us", tz="Foo/Bar"), 0),
            (pa.date64(), 2**60),
            (pa.time64("ns"), 5),
        ],
    )
    def test_keys_that_no_table_holds_are_named(self, tmp_path, row, write, key, refused_everywhere):
        kind, value = key
        table = pa.Table.from_pylist([row(sample_id=...)])
        write(tmp_path / "a.parquet", table.append_column("sample_id", pa.array([value], kind)))
        refused_everywhere(tmp_path, tmp_path, "'sample_id'")

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            (pa.binary(), b"\xff"),
            (pa.bool_(), True),
            (pa.float16(), np.float16(1.5)),
            (pa.decimal128(38, 2), Decimal("1.25")),
            (pa.uint64(), 2**64 - 1),
            (pa.date32(), dt.date(2024, 1, 2)),
            (pa.duration("s"), 2**40),
        ],
    )
    def test_keys_of_odd_types_travel_to_the_target_table(self, tmp_path, row, write, kind, value):
        table = pa.Table.from_pylist([row(sample_id=...)])
        write(tmp_path / "a.parquet", table.append_column("sample_id", pa.array([value], kind)))
        write_target_table(target_table(read(tmp_path)), tmp_path / "out" / "t.parquet")
        assert pq.read_table(tmp_path / "out" / "t.parquet").num_rows == 1

    @pytest.mark.parametrize("kind", [pa.decimal128(38, 0), pa.decimal256(70, 3), pa.uint64(), pa.int8(), pa.float16()])
    def test_numbers_of_odd_types_are_numbers(self, tmp_path, row, write, kind):
        two = np.float16(2) if kind == pa.float16() else 2
        table = pa.Table.from_pylist([row(tau_factor=..., capacity_trend_ah=...)])
        table = table.append_column("tau_factor", pa.array([two], kind))
        table = table.append_column("capacity_trend_ah", pa.array([[two] * 4], pa.list_(kind)))
        write(tmp_path / "a.parquet", table)
        frame = read(tmp_path).frame
        assert (frame["tau_factor"][0], frame["nominal_capacity"][0]) == (2.0, 2.0)

    @pytest.mark.parametrize(
        "spoilt",
        [
            ("cycle_first", {"Time_h": [[0.0]], "Voltage_V": [4.0], "Current_A": [5.0]}),
            ("cycle_first", {"Time_h": 0.0, "Voltage_V": 4.0, "Current_A": 5.0}),
            ("cycle_first", [{"Time_h": [0.0], "Voltage_V": [4.0], "Current_A": [5.0]}]),
            ("capacity_trend_ah", [[5.0], [4.0]]),
            ("capacity_trend_ah", {"a": 5.0}),
            ("filename", ["a.tif"]),
            ("tau_factor", {"value": 2.0}),
            ("tau_factor", dt.datetime(2024, 1, 2, tzinfo=dt.UTC)),
        ],
    )
    def test_nested_and_foreign_values_are_named(self, tmp_path, row, write, spoilt, refused_everywhere):
        column, value = spoilt
        write(tmp_path / "a.parquet", [row(**{column: value})])
        refused_everywhere(tmp_path, "a.parquet", repr(column), "expected")

    def test_one_good_file_does_not_vouch_for_the_next(self, tmp_path, row, write, refused_everywhere):
        write(tmp_path / "a.parquet", [row(0)])
        write(tmp_path / "b.parquet", [row(1, tau_factor=[2.0])])
        refused_everywhere(tmp_path, "b.parquet", "'tau_factor'", "list")

    def test_the_same_scalar_with_and_without_prefix_is_doubled(self, tmp_path, row, write, refused_everywhere):
        write(tmp_path / "a.parquet", [row() | {"Separator porosity": 0.5}])
        refused_everywhere(tmp_path, "a.parquet", "'Separator porosity'", "2 times")

    def test_nulls_at_every_depth_are_reasons(self, tmp_path, row, write):
        cycle = row()["cycle_first"]
        rows = [
            row(0),
            row(1, cycle_first=None, capacity_trend_ah=None),
            row(2, cycle_first=dict.fromkeys(cycle), capacity_trend_cycles=[None] * 4),
            row(3, cycle_first=cycle | {"Voltage_V": [None] * 7}, capacity_trend_ah=[None, None, 4.9, None]),
        ]
        write(tmp_path / "a.parquet", rows)
        frame = read(tmp_path).frame
        assert frame["initial_dcir_reason"].fillna("").tolist() == ["", "no_cycle", "no_cycle", "empty_cycle"]
        assert frame["capacity_fade_rate_reason"].fillna("").tolist() == ["", "no_trend", "no_trend", "too_few_points"]


class TestNumbersOutOfHand:
    """Finite numbers whose differences, squares or quotients are not."""

    LARGE, SMALL = 1.7e308, 5e-324
    CYCLES = (
        {"Time_h": [0.0, 1.0, 2.0], "Voltage_V": [LARGE, -LARGE, LARGE], "Current_A": [5.0, 5.0, 5.0]},
        {"Time_h": [0.0, 1.0, 2.0], "Voltage_V": [LARGE, -LARGE, LARGE], "Current_A": [0.0, 5.0, 5.0]},
        {"Time_h": [0.0, 1.0, 2.0], "Voltage_V": [4.0, 3.0, 2.0], "Current_A": [LARGE, -LARGE, 0.0]},
        {"Time_h": [0.0, 1.0, 2.0], "Voltage_V": [4.0, 3.0, 2.0], "Current_A": [0.0, SMALL, SMALL]},
        {"Time_h": [-LARGE, LARGE, LARGE], "Voltage_V": [4.0, 3.0, 2.0], "Current_A": [5.0, 5.0, 5.0]},
        {"Time_h": [0.0, SMALL, SMALL], "Voltage_V": [LARGE, LARGE, LARGE], "Current_A": [5.0, 5.0, 5.0]},
    )
    TRENDS = (
        ([1.0, 2.0, 3.0, 4.0], [LARGE, LARGE, -LARGE, LARGE]),
        ([1.0, 2.0, 3.0, 4.0], [SMALL, LARGE, 1.0, 1.0]),
        ([1.0, 2.0, 3.0, 4.0], [SMALL, SMALL, SMALL, SMALL]),
        ([1e200, -1e200, LARGE, 1.0], [5.0, 4.9, 4.8, 4.7]),
        ([SMALL, 0.0, SMALL, 0.0], [5.0, 4.9, 4.8, 4.7]),
        ([0.0, 1.0, 2.0, 3.0], [5.0, 4.9, 4.9, 4.9 - 1e-15]),
    )

    @pytest.mark.parametrize("cycle", CYCLES)
    @pytest.mark.parametrize("trend", TRENDS)
    def test_a_target_is_finite_or_nan_with_its_reason(self, tmp_path, row, write, cycle, trend):
        changes = {"cycle_first": cycle, "capacity_trend_cycles": trend[0], "capacity_trend_ah": trend[1]}
        write(tmp_path / "a.parquet", [row(0, **changes), row(1)])
        for sign in ("auto", "positive", "negative"):
            frame = observe(open_dataset(tmp_path), TargetSettings(current_sign=sign)).frame
            for target in ALL_TARGETS:
                value, reason = frame[target.name][0], frame[f"{target.name}_reason"].fillna("")[0]
                assert np.isfinite(value) == (reason == ""), (target.name, value, reason)

    def test_a_voltage_that_leaves_the_range_votes_for_no_sign(self, tmp_path, row, write):
        write(tmp_path / "a.parquet", [row(cycle_first=self.CYCLES[0])])
        assert read(tmp_path).sign_votes == {"positive": 0, "negative": 0, "undecided": 1}

    def test_out_of_range_is_the_reason(self, tmp_path, row, write):
        write(tmp_path / "a.parquet", [row(capacity_trend_cycles=[1, 2], capacity_trend_ah=[1e-300, 1e300])])
        frame = read(tmp_path).frame
        assert frame["capacity_retention_reason"][0] == "out_of_range"


class TestJson:
    @pytest.mark.parametrize(
        "text",
        [
            "[" * 100_000,
            '{"Time_h": ' + "[" * 900 + "]" * 900 + ', "Voltage_V": [1], "Current_A": [1]}',
            '{"Time_h": [' + "1" * 5000 + '], "Voltage_V": [1], "Current_A": [1]}',
            '{"Time_h": {"a": 1}, "Voltage_V": "abc", "Current_A": true}',
            '{"Time_h": [{}], "Voltage_V": [1], "Current_A": [1]}',
            '{"Time_h": [1e999], "Voltage_V": [1], "Current_A": [1]}',
            '{"Time_h": [1], "Voltage_V": [-Infinity], "Current_A": [NaN]}',
            '\ufeff{"Time_h": [1], "Voltage_V": [1], "Current_A": [1]}',
            "\0",
            "{" * 10,
            json.dumps(json.dumps({"Time_h": [1], "Voltage_V": [1], "Current_A": [1]})),
            '{"Time_h": [1, 2], "Voltage_V": [1, "\\ud800"], "Current_A": [1, 2]}',
        ],
        ids=range(12),
    )
    def test_garbage_is_a_reason_and_the_next_row_goes_on(self, tmp_path, row, write, text):
        good = json.dumps(row()["cycle_first"])
        write(tmp_path / "a.parquet", [row(0, cycle_first=text), row(1, cycle_first=good)])
        frame = read(tmp_path).frame
        assert frame["initial_dcir_reason"][0] in {"invalid_json", "empty_cycle"}
        assert frame["initial_dcir"][1] == pytest.approx(0.02)


class TestPlaces:
    @pytest.mark.parametrize("name", ["a" * 5000, "a/" * 3000, "a\0b", "\ud800"])
    def test_names_of_nothing(self, tmp_path, row, write, name):
        with pytest.raises(DataSetError, match="found nothing there"):
            open_dataset(tmp_path / name)
        write(tmp_path / "a.parquet", [row()])
        with pytest.raises(DataSetError, match="found no folder there"):
            open_dataset(tmp_path, images=tmp_path / name)
        with pytest.raises(DataSetError, match="label table"):
            read_labels(tmp_path / name, by_sample=True)

    def test_a_pipe_among_the_files_does_not_keep_anyone_waiting(self, tmp_path, row, write):
        write(tmp_path / "a.parquet", [row()])
        os.mkfifo(tmp_path / "b.parquet")
        refused(tmp_path, "b.parquet", "pipe")

    def test_a_folder_or_a_dangling_link_with_the_name_of_a_file(self, tmp_path, row, write):
        write(tmp_path / "a.parquet", [row()])
        (tmp_path / "b.parquet").mkdir()
        assert open_dataset(tmp_path).n_rows == 1
        (tmp_path / "c.parquet").symlink_to(tmp_path / "nowhere")
        refused(tmp_path, "c.parquet")

    @pytest.mark.parametrize(
        "case",
        [
            ("../outside.tif", "holds '..'"),
            ("{outside}", "is absolute"),
            ("link.tif", "leads out of the image folder through a link"),
            ("round.tif", "leads round in a circle of links"),
            ("a\0.tif", "holds a NUL character"),
            ("a" * 5000, "is too long"),
            ("{deep}", "is too long"),
        ],
    )
    def test_image_names_are_refused_by_name_before_anything_is_written(self, tmp_path, row, write, case, capfd):
        name, why = case
        data, outside = tmp_path / "data", tmp_path / "outside.tif"
        (data / "images").mkdir(parents=True)
        outside.write_bytes(b"secret")
        (data / "images" / "link.tif").symlink_to(outside)
        (data / "images" / "round.tif").symlink_to("round.tif")
        deep = "/".join(["a" * 200] * 20)  # a path that only its folder makes too long
        name = name.format(outside=outside, deep=deep + "/" + "b" * (4090 - len(deep) - len(str(data))))
        write(data / "rows" / "a.parquet", [row(filename=name)])
        assert main(["compare", str(data), "--out", str(tmp_path / "run"), "--workers", "1"]) == 2
        said = capfd.readouterr().err
        assert why in said
        assert "Traceback" not in said
        assert not (tmp_path / "run").exists()
        assert outside.read_bytes() == b"secret"
        with pytest.raises(DataSetError, match=why):
            open_dataset(data).resolve(name)


class TestBombs:
    def test_a_list_of_a_few_bytes_that_declares_gigabytes_is_refused_before_it_is_decoded(
        self, tmp_path, row, write, refused_everywhere, monkeypatch
    ):
        monkeypatch.setattr(dataset, "MOST_VALUES", 100_000)
        path = write(tmp_path / "a.parquet", [row(capacity_trend_ah=[5.0] * 200_000)])
        assert path.stat().st_size < 50_000
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pq.ParquetFile, "iter_batches", None)  # decoding anything would fail here
            refused_everywhere(path, "'capacity_trend_ah' declares 200000 values in 1 row(s), at most 100000")

    def test_many_rows_may_hold_many_values(self, tmp_path, row, write, monkeypatch):
        monkeypatch.setattr(dataset, "MOST_VALUES", 10)
        assert len(read(write(tmp_path / "a.parquet", [row(index) for index in range(20)])).frame) == 20

    def test_a_column_that_is_not_read_may_declare_what_it_likes(self, tmp_path, row, write, monkeypatch):
        monkeypatch.setattr(dataset, "MOST_VALUES", 100_000)
        assert len(read(write(tmp_path / "a.parquet", [row(note=[5.0] * 200_000)])).frame) == 1
