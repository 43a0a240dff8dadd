"""Layouts, names and forms of a data set on disk, and messages for what cannot be used."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.schema import SCALAR_COLUMNS


def names(dataset):
    return [path.relative_to(dataset.data).as_posix() for path in dataset.files]


def test_one_file(tmp_path, row, write):
    dataset = open_dataset(write(tmp_path / "a.parquet", [row(0), row(1)]))
    assert (dataset.n_rows, dataset.images) == (2, tmp_path)


def test_one_file_may_have_any_name(tmp_path, row, write):
    assert open_dataset(write(tmp_path / "table.bin", [row()])).n_rows == 1


def test_files_are_found_at_any_depth_in_the_order_of_their_paths(tmp_path, row, write):
    for name in ("rows/b.parquet", "rows/a.parquet", "c.PARQUET", "rows/deep/d.pq"):
        write(tmp_path / name, [row()])
    (tmp_path / "images").mkdir()
    dataset = open_dataset(tmp_path)
    assert names(dataset) == ["c.PARQUET", "rows/a.parquet", "rows/b.parquet", "rows/deep/d.pq"]
    assert dataset.images == tmp_path / "images"


def test_the_image_folder_and_hidden_names_are_left_out(tmp_path, row, write):
    for name in ("a.parquet", "images/x.parquet", ".hidden/x.parquet", "_temporary/x.parquet", "_metadata.parquet"):
        write(tmp_path / name, [row()])
    (tmp_path / "notes.txt").touch()
    assert names(open_dataset(tmp_path)) == ["a.parquet"]


def test_images_in_the_data_folder_itself_do_not_hide_the_rows(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row()])
    assert open_dataset(tmp_path, images=tmp_path).n_rows == 1


def test_images_elsewhere(tmp_path, row, write):
    write(tmp_path / "data" / "a.parquet", [row()])
    (tmp_path / "volumes").mkdir()
    dataset = open_dataset(tmp_path / "data", images=tmp_path / "volumes")
    assert dataset.resolve("v.tif") == tmp_path / "volumes" / "v.tif"
    with pytest.raises(DataSetError, match="nowhere"):
        open_dataset(tmp_path / "data", images=tmp_path / "nowhere")


def test_linked_folders_are_followed_once(tmp_path, row, write):
    write(tmp_path / "elsewhere" / "a.parquet", [row()])
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "data")
    assert names(open_dataset(tmp_path / "data")) == ["rows/a.parquet"]


def test_names_with_and_without_prefix_mix_across_files(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(0, prefix="")])
    write(tmp_path / "b.parquet", [row(1, prefix="input_")])
    mixed = row(2, prefix="") | {"input_Separator porosity": 9.0}
    del mixed["Separator porosity"]
    write(tmp_path / "c.parquet", [mixed])
    spellings = [source.columns["Separator porosity"] for source in open_dataset(tmp_path).sources]
    assert spellings == ["Separator porosity", "input_Separator porosity", "input_Separator porosity"]


def fails(path, *parts, **options):
    with pytest.raises(DataSetError) as caught:
        open_dataset(path, **options)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    for part in parts:
        assert str(part) in message
    return message


def test_nothing_there(tmp_path):
    fails(tmp_path / "nowhere", tmp_path / "nowhere")
    fails(tmp_path, tmp_path, "no Parquet or CSV table")


def test_zero_rows(tmp_path, row, write):
    empty = pa.Table.from_pylist([row()]).slice(0, 0)
    write(tmp_path / "a.parquet", empty)
    fails(tmp_path, tmp_path, "no row")
    write(tmp_path / "b.parquet", [row()])
    assert open_dataset(tmp_path).n_rows == 1


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id,value\n1,2\n", b"PAR1" + bytes(60) + b"PAR1"])
def test_a_file_that_is_no_parquet(tmp_path, content):
    (tmp_path / "bad.parquet").write_bytes(content)
    fails(tmp_path, "bad.parquet", "readable Parquet")


def test_a_truncated_file(tmp_path, row, write):
    path = write(tmp_path / "bad.parquet", [row()])
    path.write_bytes(path.read_bytes()[:-100])
    fails(tmp_path, "bad.parquet", "readable Parquet")


def test_a_missing_scalar_names_file_column_and_what_is_allowed(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row()])
    write(tmp_path / "b.parquet", [row(**{"input_Separator porosity": ...})])
    message = fails(tmp_path, "b.parquet", "'Separator porosity' or 'input_Separator porosity'")
    assert "a.parquet" not in message


def test_every_missing_column_is_named_with_the_nearest_that_is_there(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(filename=..., file_name="x.tif", **{f"input_{SCALAR_COLUMNS[0]}": ...})])
    fails(tmp_path, "2 required columns", "'filename'", "'file_name'", repr(SCALAR_COLUMNS[0]))


def test_a_table_of_another_kind_is_led_to_a_contract_of_its_own(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(**{f"input_{name}": ... for name in SCALAR_COLUMNS})])
    fails(tmp_path, "15 required columns", "poregrove init", "--contract")


def test_ids_status_trends_and_cycles_may_lack(tmp_path, row, write):
    bare = ("sample_id", "param_id", "status", "capacity_trend_cycles", "capacity_trend_ah", "cycle_first", "porosity")
    write(tmp_path / "a.parquet", [row(**dict.fromkeys(bare, ...))])
    assert open_dataset(tmp_path).n_rows == 1


def test_both_spellings_of_one_scalar_are_refused(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row() | {"Separator porosity": 0.5}])
    fails(tmp_path, "a.parquet", "'Separator porosity'", "'input_Separator porosity'", "expected once")


def test_a_doubled_column_is_refused_but_only_where_it_counts(tmp_path, row, write):
    table = pa.Table.from_pylist([row()])
    write(tmp_path / "a.parquet", table.append_column("note", pa.array([1])).append_column("note", pa.array([2])))
    assert open_dataset(tmp_path).n_rows == 1
    write(tmp_path / "b.parquet", table.append_column("tau_factor", pa.array([2.0])))
    fails(tmp_path, "b.parquet", "'tau_factor'", "2 times")


@pytest.mark.parametrize(
    "wrong",
    [
        ("input_Separator porosity", True, "numbers"),
        ("porosity", [0.5], "numbers"),
        ("capacity_trend_ah", 5.0, "lists of numbers"),
        ("capacity_trend_cycles", ["1", "2"], "lists of numbers"),
        ("cycle_first", [1.0, 2.0], "structs"),
        ("cycle_first", {"Time_h": [0.0], "Voltage_V": [4.0]}, "Current_A"),
        ("cycle_first", {"Time_h": ["0"], "Voltage_V": [4.0], "Current_A": [5.0]}, "structs"),
        ("filename", 5000, "text"),
        ("status", 1, "text"),
        ("sample_id", [5000], "plain values"),
    ],
)
def test_wrong_forms_are_named(tmp_path, row, write, wrong):
    column, value, expected = wrong
    write(tmp_path / "a.parquet", [row(**{column: value})])
    fails(tmp_path, "a.parquet", repr(column), expected)


def test_keys_that_change_their_type_between_files(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row()])
    write(tmp_path / "b.parquet", [row(sample_id="x")])
    fails(tmp_path, "'sample_id'", "a.parquet", "b.parquet")


def test_group_columns_must_be_in_every_file(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row(batch="u")])
    write(tmp_path / "b.parquet", [row()])
    dataset = open_dataset(tmp_path)
    with pytest.raises(DataSetError, match="'batch'") as caught:
        dataset.including(("batch",))
    assert "b.parquet" in str(caught.value)


def test_only_the_columns_that_count_are_read(tmp_path, row, write):
    cycle = row()["cycle_first"] | {"Temperature_K": [300.0] * 7}
    write(tmp_path / "a.parquet", [row(cycle_first=cycle, cycle_middle=cycle, nominal_capacity_Ah=5.0)])
    (block,) = open_dataset(tmp_path).blocks()
    assert not {"cycle_middle", "nominal_capacity_Ah"} & set(block.columns)
    assert [member.name for member in block.columns["cycle_first"].type] == ["Time_h", "Voltage_V", "Current_A"]


def test_a_file_that_breaks_after_opening_is_named(tmp_path, row, write):
    path = write(tmp_path / "a.parquet", [row(index) for index in range(50)], compression="none")
    dataset = open_dataset(tmp_path)
    content = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    content[start : start + 400] = b"\xff" * 400
    path.write_bytes(content)
    with pytest.raises(DataSetError, match=r"a\.parquet"):
        list(dataset.blocks())
    path.unlink()
    with pytest.raises(DataSetError, match=r"a\.parquet"):
        list(dataset.blocks())
