"""The command line at places that are none, and files whose names are no text."""

import os

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.pipelines.commands.main import main

LONG = "a" * 5000


@pytest.fixture
def one_line(capfd):
    """Run a command line that must fail with one clear line; that line."""

    def run(*words, code=2):
        assert main([str(word) for word in words]) == code
        said = capfd.readouterr().err
        assert "Traceback" not in said
        return said.strip().splitlines()[-1]

    return run


@pytest.mark.parametrize(
    "words",
    [
        ("extract", LONG, "--out", "f.parquet"),
        ("audit", LONG),
        ("targets", LONG, "--out", "t.parquet"),
        ("compare", LONG, "--out", "run"),
        ("report", LONG),
        ("predict", LONG, ".", "--out", "p.parquet"),
        ("targets", ".", "--out", "t.parquet", "--config", LONG),
        ("targets", ".", "--out", "t.parquet", "--images", LONG),
    ],
    ids=lambda words: f"{words[0]} {words[-2]}"[:30],
)
def test_endless_names_end_in_one_line(one_line, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    assert "aaaa" in one_line(*words)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["taken/f.parquet", f"{LONG}.parquet"])
def test_places_where_nothing_can_be_written(one_line, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "taken").write_text("a file")
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 4, 4), np.uint8), photometric="minisblack")
    words = ("extract", "a.tif", "--out", name, "--columns", "porosity", "--workers", "1", "--device", "cpu")
    assert "Errno" in one_line(*words)
    assert {path.name for path in tmp_path.iterdir()} <= {"taken", "a.tif", "cache"}


def test_file_names_that_are_no_utf8_are_written_with_escapes(tmp_path, monkeypatch):
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "images"
    folder.mkdir()
    tifffile.imwrite(folder / "a.tif", np.ones((4, 4, 4), np.uint8), photometric="minisblack")
    (folder / "a.tif").rename(os.fsdecode(os.fsencode(folder) + b"/\xff.tif"))
    with open(os.fsencode(folder) + b"/\xfe.tif", "wb") as file:  # noqa: PTH123  Path takes no bytes
        file.write(b"no picture")
    out = tmp_path / "f.parquet"
    words = ["extract", str(folder), "--out", str(out), "--columns", "porosity", "--workers", "1", "--device", "cpu"]
    assert main(words) == 1
    frame = pd.read_parquet(out)
    assert frame["status"].tolist() == ["failed", "ok"]
    assert [name.rpartition("/")[2] for name in frame["filename"]] == ["\\xfe.tif", "\\xff.tif"]
    assert "\\xfe.tif" in frame["reason"][0]
