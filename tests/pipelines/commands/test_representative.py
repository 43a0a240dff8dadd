"""``poregrove representative``: its forms, and what it refuses."""

import csv

import numpy as np
import pytest

from poregrove.features import representative
from poregrove.pipelines.commands.main import main


@pytest.fixture
def volume(tmp_path):
    voxels = np.random.default_rng(0).choice([0, 85, 170], (32, 32, 32), p=[0.5, 0.3, 0.2]).astype(np.uint8)
    np.save(tmp_path / "volume.npy", voxels)
    return tmp_path / "volume.npy"


def run(*words):
    return main(["representative", *map(str, words), "--device", "cpu"])


def test_without_a_file_it_is_told(volume, capfd):
    assert run(volume, "--pore", "0", "--columns", "porosity,percolates_z") == 0
    told = capfd.readouterr().out
    assert "95 % interval" in told
    assert "no_variation: all sub-volumes have the same value" in told
    assert "voxel³" in told


def test_the_table_is_that_of_python(volume, tmp_path):
    out = tmp_path / "table.csv"
    assert run(volume, "--pore", "0", "--columns", "porosity", "--voxel-size", "1e-7", "--out", out) == 0
    (row,) = csv.DictReader(out.read_text().splitlines())
    (same,) = representative(volume, pore=0, columns="porosity", voxel_size=1e-7, device="cpu").rows()
    assert float(row["low"]) == same["low"]
    assert float(row["edge_needed"]) == same["edge_needed"]


@pytest.mark.parametrize("suffix", ["html", "svg"])
def test_pages_and_figures(volume, tmp_path, suffix):
    out = tmp_path / f"page.{suffix}"
    assert run(volume, "--phases", "pore=0,active=85,binder=170", "--columns", "fraction_*", "--out", out) == 0
    text = out.read_text()
    assert all(f"fraction_{name}" in text for name in ("pore", "active", "binder"))


def test_what_is_wrong_is_said(volume, tmp_path, capfd):
    assert run(volume, "--pore", "0", "--out", tmp_path / "table.docx") == 2
    assert ".csv" in capfd.readouterr().err
    assert run(volume, "--pore", "0", "--voxel-size", "voxel_um") == 2
    assert "one file has no columns" in capfd.readouterr().err
