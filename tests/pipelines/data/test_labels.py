"""The label table: what it supplies, what it overrides, and where it is refused."""

import numpy as np
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.labels import key_text, read_labels
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings


def frame_of(tmp_path, rows, table, write):
    write(tmp_path / "rows.parquet", rows)
    labels = tmp_path / "labels.csv"
    labels.write_text(table, encoding="utf-8")
    return observe(open_dataset(tmp_path, labels=labels), TargetSettings()).frame


LACKING = dict.fromkeys(("tau_factor", "D_eff", "porosity"), ...)


@pytest.mark.parametrize(
    "table",
    [
        "id,tau_factor,D_eff,porosity_measured\n5000,2.5,.16,.4\n5001,3.0,.1,.3\n",
        "\ufeffporosity_measured, D_eff ,tau_factor,note,sample_id\n.4,.16,2.5,x,5000.0\n\n.3,.1,3.0,,05001\n",
        "filename,tau_factor,D_eff,porosity_measured\nsample_5001.tif,3.0,.1,.3\nsample_5000.tif,2.5,.16,.4\n",
    ],
)
def test_a_table_supplies_what_the_files_lack(tmp_path, row, write, table):
    frame = frame_of(tmp_path, [row(0, **LACKING), row(1, **LACKING), row(0, **LACKING)], table, write)
    assert frame["tau_factor"].tolist() == [2.5, 3.0, 2.5]
    assert frame["d_eff"].tolist() == [0.16, 0.1, 0.16]
    assert frame["porosity"].tolist() == [0.4, 0.3, 0.4]


def test_rows_the_table_does_not_have_keep_their_own_values(tmp_path, row, write):
    frame = frame_of(tmp_path, [row(0), row(1), row(2)], "id,tau_factor\n5000,9.0\n5001,\n", write)
    assert frame["tau_factor"].tolist() == [9.0, 2.0, 2.0]


def test_porosity_wins_over_a_measured_one_and_the_table_over_the_file(tmp_path, row, write):
    rows = [
        row(0, porosity=0.5, porosity_measured=0.45),
        row(1, porosity=None, porosity_measured=0.45),
        row(2, porosity=None, porosity_measured=0.45),
    ]
    frame = frame_of(tmp_path, rows, "id,porosity_measured\n5000,.3\n5001,.3\n", write)
    assert frame["porosity"].tolist() == [0.5, 0.3, 0.45]


def test_a_row_without_a_value_is_missing_not_column_missing(tmp_path, row, write):
    frame = frame_of(tmp_path, [row(0, **LACKING), row(1, **LACKING)], "id,tau_factor\n5000,2\n", write)
    assert frame["tau_factor_reason"].isna().tolist() == [True, False]
    assert frame["tau_factor_reason"][1] == "missing"
    assert frame["porosity_reason"][0] == "column_missing"


def test_text_keys(tmp_path, row, write):
    rows = [row(0, sample_id="sample_05000"), row(1, sample_id="b")]
    frame = frame_of(tmp_path, rows, "id,tau_factor\nsample_05000,7\n", write)
    assert frame["tau_factor"].tolist() == [7.0, 2.0]


def test_infinity_is_kept_as_the_nonsense_it_is(tmp_path, row, write):
    frame = frame_of(tmp_path, [row()], "id,tau_factor\n5000,inf\n", write)
    assert frame["tau_factor_raw"][0] == np.inf
    assert frame["tau_factor_reason"][0] == "invalid_tau"


def test_a_table_that_fits_no_row_is_refused(tmp_path, row, write):
    with pytest.raises(DataSetError, match=r"labels\.csv.*none of its 1 keys") as caught:
        frame_of(tmp_path, [row()], "id,tau_factor\n77,2\n", write)
    assert "5000" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "key column"),
        ("name,tau_factor\na,2\n", "id or filename"),
        ("id,tau\n5000,2\n", "tau_factor, D_eff, porosity_measured"),
        ("id,tau_factor,tau_factor\n5000,2,3\n", "more than once"),
        ("id,tau_factor\n", "no row"),
        ("id,tau_factor\n5000,two\n", "row 2: tau_factor is 'two'"),
        ("id,tau_factor\n5000,2\n5000,3\n", "row 3: '5000' was given before"),
        ("id,tau_factor\n5000,2\n5001\n", "row 3: 1 cells, expected 2"),
        ("id,tau_factor\n,2\n", "row 2: the key is empty"),
        ('id,tau_factor\n"5000,2\n', "readable CSV"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, table, said):
    path = tmp_path / "labels.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(DataSetError) as caught:
        read_labels(path, by_sample=True)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_key_given_twice_with_the_same_values_is_one(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("id,tau_factor,D_eff\n5000,2,\n5000,2.0,nan\n", encoding="utf-8")
    assert len(read_labels(path, by_sample=True).values) == 1


def test_files_that_are_no_text(tmp_path):
    path = tmp_path / "labels.csv"
    with pytest.raises(DataSetError, match=r"labels\.csv"):
        read_labels(path, by_sample=True)
    path.write_bytes(b"id,tau_factor\n\xff\xfe,2\n")
    with pytest.raises(DataSetError, match=r"labels\.csv"):
        read_labels(path, by_sample=True)


def test_a_sample_key_needs_a_sample_id(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("id,tau_factor\n5000,2\n", encoding="utf-8")
    with pytest.raises(DataSetError, match="no sample_id"):
        read_labels(path, by_sample=False)


def test_keys_written_differently_are_one_key():
    assert {key_text(key) for key in (5000, 5000.0, "5000", " 05000 ", "5000.00", "+5000")} == {"5000"}
    assert key_text(-3) == "-3"
    assert key_text(0) == key_text("000") == "0"
    assert key_text("a05") == "a05"


@pytest.mark.parametrize(("separator", "comma"), [(";", ","), ("\t", ","), (";", ".")])
def test_tables_of_spreadsheets_where_the_comma_is_in_the_numbers(tmp_path, separator, comma):
    lines = [["sample_id", "tau_factor", "D_eff"], ["5000", f"2{comma}25", f"0{comma}2"]]
    (tmp_path / "labels.csv").write_text("\n".join(separator.join(line) for line in lines) + "\n", encoding="utf-8")
    found = read_labels(tmp_path / "labels.csv", by_sample=True).look_up([5000])
    assert (found["tau_factor"][0], found["D_eff"][0]) == (2.25, 0.2)


@pytest.mark.parametrize("absent", [None, float("nan"), "nan", "", "None"])
def test_a_row_without_a_key_has_no_label(tmp_path, absent):
    (tmp_path / "labels.csv").write_text("sample_id,tau_factor\n5000,2.5\n", encoding="utf-8")
    labels = read_labels(tmp_path / "labels.csv", by_sample=True)
    assert not labels.knows(absent)
    assert np.isnan(labels.look_up([absent])["tau_factor"][0])
    (tmp_path / "labels.csv").write_text(f"sample_id,tau_factor\n{absent},2.5\n", encoding="utf-8")
    with pytest.raises(DataSetError, match="the key is empty"):
        read_labels(tmp_path / "labels.csv", by_sample=True)
