"""Rows that have not changed are not read again: what is remembered equals what is read, and nothing stale is."""

import itertools

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.data import dataset as dataset_module
from poregrove.pipelines.data import observation_cache
from poregrove.pipelines.data.dataset import Dataset, open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads a folder; the result with the names of the files whose rows were read."""
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(observation_cache, "FEWEST_ROWS", 1)
    seen = []

    def noted(self, part, columns=None, original=Dataset.blocks_of):
        seen.extend(source.path.name for source in part)
        return original(self, part, columns)

    monkeypatch.setattr(Dataset, "blocks_of", noted)

    def reading(labels=None, settings=None, **options):
        seen.clear()
        found = observe(open_dataset(tmp_path / "data", labels=labels), settings or TargetSettings(), **options)
        return found, sorted(set(seen))

    return reading


def same(one, other):
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert (one.current_sign, one.sign_votes) == (other.current_sign, other.sign_votes)


def test_rows_are_read_once_and_remembered_to_the_last_type(tmp_path, row, write, read):
    flipped = row()["cycle_first"] | {"Current_A": [-value for value in row()["cycle_first"]["Current_A"]]}
    write(
        tmp_path / "data" / "a.parquet", [row(0), row(1, param_id=None, cycle_first=flipped), row(2, status="failed")]
    )
    write(tmp_path / "data" / "b.parquet", [row(3, capacity_trend_ah=[5.0, float("nan"), 4.0, 3.0], batch="x")])
    first, files = read()
    assert files == ["a.parquet", "b.parquet"]
    again, files = read()
    assert files == []
    same(again, first)
    assert again.frame["param_id"].dtype == first.frame["param_id"].dtype == pd.Int64Dtype()
    verified, files = read(verify=True)
    assert files == ["a.parquet", "b.parquet"]
    same(verified, first)


def test_a_file_that_changes_is_read_again_and_so_are_all(tmp_path, row, write, read):
    write(tmp_path / "data" / "a.parquet", [row(0)])
    write(tmp_path / "data" / "b.parquet", [row(1)])
    read()
    write(tmp_path / "data" / "b.parquet", [row(1, tau_factor=3.0)])
    found, files = read()
    assert files == ["a.parquet", "b.parquet"]
    assert found.frame["tau_factor"].tolist() == [2.0, 3.0]


def test_settings_labels_columns_and_code_are_part_of_the_question(tmp_path, row, write, read, monkeypatch):
    write(tmp_path / "data" / "a.parquet", [row(0, batch="x"), row(1, batch="y")])
    labels = tmp_path / "labels.csv"
    labels.write_text("sample_id,tau_factor\n5000,4.0\n")
    read()
    for options in (
        {"settings": TargetSettings(end_of_life=0.9)},
        {"group_columns": ("batch",)},
        {"labels": labels},
    ):
        assert read(**options)[1] == ["a.parquet"], options
        assert read(**options)[1] == [], options
    labels.write_text("sample_id,tau_factor\n5000,5.0\n")
    found, files = read(labels=labels)
    assert (files, found.frame["tau_factor"][0]) == (["a.parquet"], 5.0)
    monkeypatch.setattr(observation_cache, "_code", lambda: "other code")
    assert read()[1] == ["a.parquet"]


def test_a_damaged_entry_is_said_and_read_anew(tmp_path, row, write, read, caplog):
    write(tmp_path / "data" / "a.parquet", [row(0)])
    first, _ = read()
    (entry,) = (tmp_path / "cache" / "rows").iterdir()
    entry.write_bytes(entry.read_bytes()[:-30])
    found, files = read()
    assert files == ["a.parquet"]
    assert "damaged" in caplog.text
    same(found, first)
    assert read()[1] == []


def test_few_data_sets_are_kept_and_small_ones_not_at_all(tmp_path, row, write, read, monkeypatch):
    monkeypatch.setattr(observation_cache, "MOST_KEPT", 2)
    for number in range(4):
        write(tmp_path / "data" / "a.parquet", [row(number)])
        read()
    assert len(list((tmp_path / "cache" / "rows").iterdir())) == 2
    assert read()[1] == [], "the last one is there"
    monkeypatch.setattr(observation_cache, "FEWEST_ROWS", 2)
    assert read()[1] == ["a.parquet"]


def test_many_small_files_give_the_rows_of_one_large_one(tmp_path, row, write, monkeypatch):
    monkeypatch.setattr(dataset_module, "BLOCK_ROWS", 5)
    random = np.random.default_rng(0)
    rows = [row(number, capacity_trend_ah=(5.0 - np.cumsum(random.random(4))).tolist()) for number in range(13)]
    rows[6] |= {"cycle_first": None, "status": "failed"}
    starts = [0, 2, 3, 4, 7, 8, 13]
    for number, (start, end) in enumerate(itertools.pairwise(starts)):
        write(tmp_path / "many" / f"{number}.parquet", rows[start:end])
    write(tmp_path / "one.parquet", rows)
    many, one = (
        observe(open_dataset(path), TargetSettings(), threads=2)
        for path in (tmp_path / "many", tmp_path / "one.parquet")
    )
    same(many, one)
    parts = [[source.n_rows for source in part] for part in open_dataset(tmp_path / "many").parts()]
    assert parts == [[2, 1, 1], [3, 1], [5]]
