"""A volume that has not changed is not read again: what is remembered equals what is read, and nothing stale is."""

import json
import os

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.features.cache import FeatureCache
from poregrove.features.description import wanted_columns
from poregrove.pipelines.data import look, phase, volumes
from poregrove.pipelines.data.bits import BitStore
from poregrove.pipelines.data.inspection_cache import InspectionCache, file_identity
from poregrove.pipelines.data.paths import resolve_inside
from poregrove.pipelines.data.phase import PoreConvention
from poregrove.pipelines.data.volumes import inspect_volumes
from poregrove.pipelines.extraction.describe_files import Source
from poregrove.pipelines.extraction.extract import extract
from poregrove.pipelines.settings import VolumeSettings


class Images:
    """As much of a data set as the inspection needs: file names resolved inside a folder."""

    def __init__(self, folder):
        self.images = folder

    def resolve(self, filename):
        return resolve_inside(self.images, filename)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "cache"))
    images = tmp_path / "images"
    images.mkdir()
    for number in range(3):
        save(images / f"{number}.tif", number)
    (images / "bad.tif").write_bytes(b"no TIFF")
    return images


def save(path, seed):
    mask = np.random.default_rng(seed).random((24, 24, 24)) < 0.4 + 0.05 * seed
    tifffile.imwrite(path, mask.astype(np.uint8) * 255, photometric="minisblack")


@pytest.fixture
def reads(monkeypatch):
    """Names of the files that were read, in order."""
    seen = []

    def noted(path, *rest, read=look.read_scan):
        seen.append(path.name)
        return read(path, *rest)

    monkeypatch.setattr(look, "read_scan", noted)
    monkeypatch.setattr(phase, "read_scan", noted)
    return seen


def inspect(folder, *, verify=False, bits=None, **settings):
    rows = pd.DataFrame({"filename": ["0.tif", "1.tif", "2.tif", "bad.tif", "none.tif"], "porosity_raw": np.nan})
    return inspect_volumes(Images(folder), rows, VolumeSettings(**settings), verify=verify, bits=bits, workers=1).frame


def test_the_second_inspection_reads_nothing_and_finds_the_same(folder, reads):
    first = inspect(folder)
    assert sorted(set(reads)) == ["0.tif", "1.tif", "2.tif", "bad.tif"]
    reads.clear()
    pd.testing.assert_frame_equal(inspect(folder), first)
    assert reads == []


def test_what_changed_is_read_again(folder, reads):
    first = inspect(folder).set_index("filename")
    reads.clear()
    save(folder / "1.tif", 9)
    again = inspect(folder).set_index("filename")
    assert set(reads) == {"1.tif"}
    assert again.loc["1.tif", "volume_digest"] != first.loc["1.tif", "volume_digest"]
    assert again.loc["0.tif", "volume_digest"] == first.loc["0.tif", "volume_digest"]


def test_a_change_that_hides_its_time_is_seen(folder, reads):
    inspect(folder)
    before = (folder / "1.tif").stat()
    content = (folder / "1.tif").read_bytes()
    (folder / "1.tif").write_bytes(content[:-1] + bytes([content[-1] ^ 255]))
    os.utime(folder / "1.tif", ns=(before.st_atime_ns, before.st_mtime_ns))
    reads.clear()
    inspect(folder)
    assert set(reads) == {"1.tif"}


def test_other_settings_and_verify_read_everything(folder, reads):
    inspect(folder)
    for options in ({"overlaps": "ignore"}, {"voxel_size": 1e-7}, {"pore": "255"}, {"verify": True}):
        reads.clear()
        inspect(folder, **options)
        assert {"0.tif", "1.tif", "2.tif"} <= set(reads), options


def test_a_damaged_entry_is_read_anew(folder, reads):
    first = inspect(folder)
    for entry in (folder.parent / "cache" / "inspections").rglob("*.json"):
        entry.write_text("{")
    reads.clear()
    pd.testing.assert_frame_equal(inspect(folder), first)
    assert {"0.tif", "1.tif", "2.tif"} <= set(reads)


def test_bits_are_kept_of_what_is_read_alone(folder):
    inspect(folder)
    bits = BitStore(folder.parent / "bits")
    digests = inspect(folder, bits=bits)["volume_digest"].dropna()
    assert [bits.kept(digest) for digest in digests] == [None] * 3
    inspect(folder, bits=bits, verify=True)
    assert None not in [bits.kept(digest) for digest in digests]


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path):
    cache = InspectionCache(tmp_path / "cache", "question")
    file = tmp_path / "a"
    file.write_text("1")

    def read(path):
        text = path.read_text()
        path.write_text(text + "2")
        return {"text": text}

    assert cache.map(read, [file], workers=1) == [{"text": "1"}]
    assert cache.map(read, [file], workers=1) == [{"text": "12"}]


def test_a_folder_of_slices_is_always_read(tmp_path):
    assert file_identity(tmp_path) is None
    assert file_identity(tmp_path / "none") is None
    cache = InspectionCache(tmp_path / "cache", "question")
    assert [cache.map(lambda path: {"n": len(list(path.iterdir()))}, [tmp_path], workers=1) for _ in range(2)] == [
        [{"n": 0}]
    ] * 2


def test_entries_are_small_text(folder):
    inspect(folder)
    entries = list((folder.parent / "cache" / "inspections").rglob("*.json"))
    assert len(entries) == 4 + 4  # the levels of the first files, and a look at every file
    assert all(json.loads(entry.read_text())["answer"] for entry in entries)


def many(folder, *, dark=()):
    """Twelve volumes whose stated porosities say that 255 is pore, or 0 for those that are named."""
    rows = {"filename": [], "porosity_raw": []}
    for number in range(12):
        save(folder / f"many_{number}.tif", number)
        bright = (tifffile.imread(folder / f"many_{number}.tif") == 255).mean()
        rows["filename"].append(f"many_{number}.tif")
        rows["porosity_raw"].append(1 - bright if number in dark else bright)
    return pd.DataFrame(rows)


def looked(folder, rows, **how):
    return inspect_volumes(Images(folder), rows, VolumeSettings(), workers=1, **how)


def test_each_file_is_read_once_beside_the_few_that_show_the_convention(folder, reads):
    found = looked(folder, many(folder))
    assert (found.phase.rule, found.phase.compared) == ("upper", 12)
    assert sorted(set(reads)) == sorted(found.frame["filename"])
    assert len(reads) == 12 + 8


def test_where_all_files_outvote_the_first_all_are_looked_at_again(folder, reads, caplog, monkeypatch):
    rows = many(folder, dark=range(1, 12))
    monkeypatch.setattr(volumes, "_FIRST_ASKED", 1)  # the first, which alone is bright
    with caplog.at_level("INFO"):
        found = looked(folder, rows)
    assert found.phase.rule == "lower"
    assert "looking at them again" in caplog.text
    assert len(reads) == 1 + 12 + 12
    assert set(found.frame["pore_value"]) == {"0"}
    reads.clear()
    pd.testing.assert_frame_equal(looked(folder, rows).frame, found.frame)
    assert reads == []


def test_what_an_inspection_saw_is_described_later_without_reading(folder, reads):
    rows = many(folder)
    found = looked(folder, rows)
    columns = wanted_columns((), ["porosity", "percolates_z"])
    sources = [Source(name, folder / name) for name in rows["filename"]]

    def described(**how):
        reads.clear()
        cache = FeatureCache(folder.parent / "features")
        return extract(sources, found.phase, VolumeSettings(), columns, cache=cache, workers=1, **how).frame

    first = described()
    assert sorted(reads) == sorted(rows["filename"])
    pd.testing.assert_frame_equal(described(), first)
    assert reads == []
    pd.testing.assert_frame_equal(described(verify=True), first)
    assert sorted(reads) == sorted(rows["filename"])
    save(folder / "many_3.tif", 12)
    again = described()
    assert reads == ["many_3.tif"]
    assert list(again.index[again["porosity"] != first["porosity"]]) == [3]


def test_plain_files_are_described_again_without_reading(folder, reads):
    names = ["0.tif", "bad.tif", "2.tif"]
    sources = [Source(name, folder / name) for name in names]
    columns = wanted_columns((), ["porosity"])

    def described(**settings):
        reads.clear()
        read = VolumeSettings(**settings)
        cache = FeatureCache(folder.parent / "features")
        return extract(sources, PoreConvention("assumed"), read, columns, cache=cache, workers=1).frame

    first = described()
    assert reads == names
    pd.testing.assert_frame_equal(described(), first)
    assert reads == ["bad.tif"]
    metric = described(voxel_size=2e-7)
    assert reads == names
    assert list(metric["voxel_size"].dropna()) == [2e-7, 2e-7]
