"""Descriptors of files, folders and data sets: one row each, going on after a bad file."""

import importlib
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import tifffile
from pyarrow import feather

from poregrove.errors import DataSetError, SettingsError
from poregrove.features import describe, descriptors
from poregrove.features.compute import compute
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.extraction.extract import extract_paths
from poregrove.pipelines.settings import VolumeSettings

EXTRACT = importlib.import_module("poregrove.pipelines.extraction.extract")
COLUMNS = ("porosity", "percolates_z", "chord_length_mean_z")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("POREGROVE_CACHE", str(folder))
    return folder


def write(path, seed=0, shape=(12, 14, 16), value=255):
    mask = np.random.default_rng(seed).random(shape) < 0.5
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, mask.astype(np.uint8) * value, photometric="minisblack")
    return mask


def run(*paths, **options):
    options = {"settings": VolumeSettings(), "columns": COLUMNS, "device": "cpu", "workers": 1, **options}
    return extract_paths(paths, **options)


def test_files_and_folders_give_the_values_of_describe(tmp_path):
    masks = [write(tmp_path / "a.tif", 1), write(tmp_path / "more" / "b.TIFF", 2)]
    frame = run(tmp_path / "a.tif", tmp_path / "more").frame
    assert list(frame["status"]) == ["ok", "ok"]
    for mask, (_, row) in zip(masks, frame.iterrows(), strict=True):
        assert row[list(COLUMNS)].to_dict() == describe(mask, columns=COLUMNS, device="cpu")


def test_a_bad_file_has_a_row_that_says_why_and_the_rest_goes_on(tmp_path):
    write(tmp_path / "a.tif")
    (tmp_path / "b.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:300])
    (tmp_path / "c.tif").write_text("no picture")
    extraction = run(tmp_path)
    assert list(extraction.frame["status"]) == ["ok", "failed", "failed"]
    assert extraction.frame.loc[1:, list(COLUMNS)].isna().all(axis=None)
    assert all(name in reason for name, reason in zip(["b.tif", "c.tif"], extraction.failures["reason"], strict=True))


def test_several_phases_of_a_file(tmp_path):
    labels = np.random.default_rng(4).choice(np.array([0, 85, 90, 170], np.uint8), (8, 9, 10))
    tifffile.imwrite(tmp_path / "three.tif", labels, photometric="minisblack")
    tifffile.imwrite(tmp_path / "four.tif", labels // 2, photometric="minisblack")
    options = {"phases": {"pore": 0, "active": (85, 90), "binder": 170}, "columns": ["phases", "chord_length_mean*_z"]}
    row = describe(labels, device="cpu", voxel_size=(2e-7, 1e-7, 1e-7), **options)
    words = ["--phases", "pore=0,active=85+90,binder=170", "--columns", "phases,chord_length_mean*_z"]
    words += [
        "--voxel-size",
        "2e-7,1e-7,1e-7",
        "--workers",
        "1",
        "--device",
        "cpu",
        "--out",
        str(tmp_path / "f.parquet"),
    ]
    assert main(["extract", str(tmp_path / "three.tif"), str(tmp_path / "four.tif"), *words]) == 1
    frame = pd.read_parquet(tmp_path / "f.parquet")
    assert frame.loc[0, list(row)].to_dict() == row
    assert frame.loc[0, "pore_value"] == "pore 0; active 85, 90; binder 170"
    assert "belong to no phase" in frame.loc[1, "reason"]
    schema = pq.read_schema(tmp_path / "f.parquet")
    assert schema.field("interface_pore_active").metadata[b"unit"] == b"1/m"
    assert schema.field("chord_length_mean_active_z").metadata[b"unit"] == b"m"


@pytest.mark.parametrize("words", ["pore", "pore=0,active", "pore=0,active=x", "pore=0,pore=85", "pore=0,solid=85"])
def test_what_are_no_phases_is_refused_on_the_command_line(tmp_path, words, capfd):
    options = ["--out", str(tmp_path / "f.parquet"), "--device", "cpu", "--phases", words]
    assert main(["extract", str(tmp_path), *options]) == 2
    assert "phase" in capfd.readouterr().err


def test_units_travel_in_the_field_metadata(tmp_path):
    write(tmp_path / "a.tif")
    run(tmp_path, settings=VolumeSettings(voxel_size=1e-7)).write(tmp_path / "out.parquet")
    schema = pq.read_schema(tmp_path / "out.parquet")
    assert schema.field("chord_length_mean_z").metadata[b"unit"] == b"m"
    assert schema.field("porosity").metadata[b"meaning"]
    frame = pd.read_parquet(tmp_path / "out.parquet")
    assert frame.loc[0, "chord_length_mean_z"] < 1e-5
    assert frame.loc[0, "voxel_size"] == 1e-7


def test_without_a_voxel_size_lengths_are_said_to_be_in_voxels(tmp_path):
    write(tmp_path / "a.tif")
    columns = ("chord_length_mean_z", "specific_surface", "porosity")
    run(tmp_path, columns=columns).write(tmp_path / "out.feather")
    table = feather.read_table(tmp_path / "out.feather")
    units = {name: table.schema.field(name).metadata[b"unit"] for name in columns}
    assert units == {columns[0]: b"voxel", columns[1]: b"1/voxel", columns[2]: b"-"}
    assert table["voxel_size"].null_count == len(table) == 1


def test_lengths_alone_have_metres_in_their_units():
    """So the word for the other unit can stand in their place."""
    assert {(info.unit.replace("m", "voxel"), info.length_power) for info in descriptors() if info.length_power} == {
        ("voxel", 1),
        ("1/voxel", -1),
        ("1/voxel2", -2),
        ("1/voxel3", -3),
    }
    assert {info.unit for info in descriptors() if not info.length_power} == {"-"}


def test_the_second_time_comes_from_the_cache(tmp_path, monkeypatch):
    write(tmp_path / "a.tif")
    first = run(tmp_path).frame
    monkeypatch.setattr("poregrove.features.cached.compute", lambda *_, **__: pytest.fail("computed again"))
    pd.testing.assert_frame_equal(run(tmp_path).frame, first)


def test_only_the_new_column_is_computed(tmp_path, monkeypatch):
    write(tmp_path / "a.tif")
    run(tmp_path, columns=COLUMNS[:2])
    asked = []

    def spy(masks, edges, columns, **options):
        asked.append(tuple(column.name for column in columns))
        return compute(masks, edges, columns, **options)

    monkeypatch.setattr("poregrove.features.cached.compute", spy)
    frame = run(tmp_path).frame
    assert asked == [COLUMNS[2:]]
    assert frame[list(COLUMNS)].notna().all(axis=None)


def test_another_voxel_size_is_another_volume(tmp_path):
    write(tmp_path / "a.tif")
    coarse, fine = (run(tmp_path, settings=VolumeSettings(voxel_size=size)).frame for size in (2.0, 1.0))
    assert coarse.loc[0, "volume_digest"] != fine.loc[0, "volume_digest"]
    assert coarse.loc[0, "chord_length_mean_z"] == pytest.approx(2 * fine.loc[0, "chord_length_mean_z"])


def test_two_workers_give_the_rows_of_one(tmp_path, cache):
    for seed in range(4):
        write(tmp_path / f"{seed}.tif", seed)
    one = run(tmp_path).frame
    for entry in cache.rglob("*.parquet"):
        entry.unlink()
    pd.testing.assert_frame_equal(run(tmp_path, workers=2).frame, one)


def test_a_single_volume_has_all_workers_as_threads(tmp_path, monkeypatch):
    write(tmp_path / "a.tif")
    given = []

    def spy(*arguments, threads, **options):
        given.append(threads)
        return compute(*arguments, threads=threads, **options)

    monkeypatch.setattr("poregrove.features.cached.compute", spy)
    frame = run(tmp_path, workers=3, columns=("porosity", "chord_length_mean_z")).frame
    again = run(tmp_path, workers=1, columns=("chord_length_mean_y",)).frame
    assert given == [3, 1]
    assert frame[["porosity", "chord_length_mean_z"]].notna().all(axis=None)
    assert again["chord_length_mean_y"].notna().all()


def test_the_parent_compiles_before_its_workers_start_and_only_for_something_to_compute(tmp_path, monkeypatch):
    for seed in range(2):
        write(tmp_path / f"{seed}.tif", seed)
    warmed = []
    monkeypatch.setattr(EXTRACT, "warm_up", lambda **options: warmed.append(options))
    for workers in (1, 2):
        run(tmp_path, workers=workers, columns=("porosity",))
    assert warmed == []
    run(tmp_path, workers=2, columns=("porosity", "porosity_profile_std_z"))
    assert warmed == [{"columns": ["porosity", "porosity_profile_std_z"], "device": "cpu", "processes": 2}]
    run(tmp_path, workers=2, columns=("porosity", "porosity_profile_std_z"))
    assert len(warmed) == 1


def test_nothing_to_describe_is_an_error_that_names_the_place(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataSetError, match=r"empty: expected volumes \(\.tif"):
        run(tmp_path / "empty")
    with pytest.raises(DataSetError, match=r"nowhere: no such file or folder"):
        run(tmp_path / "nowhere")


def test_an_unknown_column_is_named_with_its_neighbour(tmp_path):
    write(tmp_path / "a.tif")
    with pytest.raises(SettingsError, match=r"porosty.*did you mean 'porosity'"):
        run(tmp_path, columns=("porosty",))


def test_an_earlier_extraction_beside_the_images_makes_no_data_set_of_them(tmp_path):
    write(tmp_path / "a.tif", value=1)
    run(tmp_path).write(tmp_path / "out.parquet")
    assert run(tmp_path).frame.loc[0, "pore_value"] == "1"


REFERENCE = os.environ.get("POREGROVE_REFERENCE")


@pytest.mark.skipif(not REFERENCE, reason="POREGROVE_REFERENCE names no folder with the reference data set")
def test_a_data_set_with_its_phase_turned_around_gives_the_same_numbers(tmp_path):
    there = Path(REFERENCE) / "reference"
    shutil.copytree(there / "rows", tmp_path / "rows")
    for image in (there / "images").iterdir():
        path = tmp_path / "images" / image.name
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, 255 - tifffile.imread(image), photometric="minisblack")
    columns = ("porosity", "specific_surface", "percolates_z")
    one, other = (run(folder, columns=columns, workers=1).frame for folder in (there, tmp_path))
    assert set(one["pore_value"]) == {"255"}
    assert set(other["pore_value"]) == {"0"}
    pd.testing.assert_frame_equal(one.drop(columns="pore_value"), other.drop(columns="pore_value"))
    assert one.set_index("filename").loc["sample_05023.tif", "percolates_z"] == 0.0


class TestOnADevice:
    """On the CUDA back end files are described in batches; here by the CPU, in its place."""

    @pytest.fixture
    def batches(self, monkeypatch):
        """The sizes of the batches, and the columns asked for."""
        asked = []

        def in_place(masks, edges, columns, *, device, **options):
            assert device == "cuda"
            asked.append((len(masks), len(columns)))
            return compute(masks, edges, columns, device="cpu", **options)

        monkeypatch.setattr("poregrove.pipelines.execution.local.LocalEngine.backend", lambda *_: "cuda")
        monkeypatch.setattr("poregrove.features.cached.compute", in_place)
        monkeypatch.setattr("poregrove.pipelines.extraction.describe_files._READ_AHEAD", 6)
        return asked

    def test_rows_are_the_same_bad_files_and_copies_included(self, tmp_path, request, monkeypatch):
        for number in range(7):
            write(tmp_path / f"{number}.tif", seed=number % 5)
        (tmp_path / "3.tif").write_text("no picture")
        plain = run(tmp_path)
        monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "another cache"))
        batches = request.getfixturevalue("batches")
        pd.testing.assert_frame_equal(run(tmp_path, device="cuda").frame, plain.frame)
        # six files at a time: 3 is bad, 5 a copy of 0 among them, and 6 of 1, which is remembered
        assert batches == [(4, 3)]

    def test_what_is_remembered_is_not_asked_again(self, tmp_path, batches):
        for number in range(3):
            write(tmp_path / f"{number}.tif", seed=number)
        run(tmp_path / "0.tif", columns=COLUMNS[:1])
        frame = run(tmp_path).frame
        assert sorted(batches) == [(1, 1), (1, 2), (2, 3)]
        assert not frame[list(COLUMNS)].isna().any(axis=None)
        pd.testing.assert_frame_equal(run(tmp_path).frame, frame)
        assert len(batches) == 3

    def test_progress_counts_volumes(self, tmp_path, batches, monkeypatch):
        monkeypatch.setattr(EXTRACT, "_VOLUMES_A_TASK", 2)
        for number in range(5):
            write(tmp_path / f"{number}.tif", seed=number)
        told = []
        run(tmp_path, progress=lambda done, total: told.append((done, total)))
        assert told == [(2, 5), (4, 5), (5, 5)]
        assert len(batches) == 3
