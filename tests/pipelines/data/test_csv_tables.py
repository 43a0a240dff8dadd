"""A data set of the built-in contract in CSV files says what it says in Parquet."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.simulate.sample import sample_folder

NESTED = ("capacity_trend_cycles", "capacity_trend_ah", "cycle_first")


def as_json(value):
    """A list or record as text; arrays inside it as lists."""
    return json.dumps(value, default=np.ndarray.tolist)


@pytest.fixture(scope="module")
def in_parquet():
    return open_dataset(sample_folder())


@pytest.fixture
def in_csv(tmp_path, in_parquet):
    def written(**options):
        for path in in_parquet.files:
            table = pq.read_table(path).to_pandas()
            for name in NESTED:
                table[name] = table[name].map(as_json)
            table.to_csv(tmp_path / path.with_suffix(".csv").name, index=False, **options)
        return open_dataset(tmp_path, images=in_parquet.images)

    return written


@pytest.mark.parametrize("options", [{}, {"sep": ";"}])
def test_targets_and_scalars_are_those_of_the_parquet_files(in_csv, in_parquet, options):
    found, expected = observe(in_csv(**options), TargetSettings()), observe(in_parquet, TargetSettings())
    pd.testing.assert_frame_equal(found.frame, expected.frame, check_exact=True)


def test_files_of_parquet_come_before_csv(tmp_path, row, write, in_csv):
    in_csv()
    write(tmp_path / "a.parquet", [row()])
    assert [path.name for path in open_dataset(tmp_path).files] == ["a.parquet"]


def test_the_folder_of_a_run_is_no_part_of_the_data(tmp_path, row, write):
    write(tmp_path / "a.parquet", [row()])
    write(tmp_path / "runs" / "mine" / "rows.parquet", [row()])
    for name in ("identity.json", "run.log"):
        (tmp_path / "runs" / "mine" / name).touch()
    assert open_dataset(tmp_path).n_rows == 1


def test_a_key_column_is_found_and_a_missing_one_is_named(in_csv):
    dataset = in_csv()
    assert dataset.has_column("sample_id")
    assert not dataset.has_column("batch")
    with pytest.raises(DataSetError, match=r"csv: 1 required column is missing; expected\n  'batch'"):
        dataset.including(["batch"])


def test_a_file_that_is_no_csv(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(DataSetError, match=r"a\.csv: expected a readable CSV file"):
        open_dataset(tmp_path)
