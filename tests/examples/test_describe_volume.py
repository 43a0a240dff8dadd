"""The example of the README runs, and prints what ``describe`` says."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from poregrove.features import describe

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "describe_volume.py"
COLUMNS = ["porosity", "chord_length_mean_z", "chord_length_mean_x", "specific_surface", "percolates_z"]


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


def test_it_runs_on_a_volume_of_its_own_making():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    values = dict.fromkeys(["porosity", "percolates", "tortuosity_factor"])
    values |= {line[0]: line[1:] for line in lines if line and line[0] in values and line[1] != "all"}
    assert values["porosity"] == ["0.45"]
    assert values["percolates"] == ["1", "1", "1"]
    assert all(1.2 < float(value) < 3.0 for value in values["tortuosity_factor"])


def test_it_prints_the_numbers_of_a_file_with_their_units(script, tmp_path, capsys):
    mask = np.random.default_rng(0).random((8, 9, 10)) < 0.4
    tifffile.imwrite(tmp_path / "volume.tif", mask.astype(np.uint8), photometric="minisblack")
    words = [str(tmp_path / "volume.tif"), "--voxel-size", "1e-7", "--pore", "0", "--columns", *COLUMNS]
    assert script["main"](words) == 0
    said = capsys.readouterr().out
    truth = describe(~mask, voxel_size=1e-7, columns=COLUMNS)
    lines = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.startswith("  ")}
    assert lines["porosity"] == [f"{truth['porosity']:.4g}"]
    assert lines["chord_length_mean"] == [f"{truth[f'chord_length_mean_{axis}']:.4g}" for axis in "zx"] + ["m"]
    assert lines["specific_surface"] == [f"{truth['specific_surface']:.4g}", "1/m"]


def test_without_a_voxel_size_lengths_are_in_voxels_and_what_is_undefined_says_so(script):
    values = describe(np.ones((3, 3, 3), bool), columns=["chord_length_mean_z", "specific_surface"])
    lines = list(script["table"](values, metres=False))
    assert any(line.split() == ["chord_length_mean", "undefined", "voxel"] for line in lines)
    assert any(line.split() == ["specific_surface", "0", "1/voxel"] for line in lines)


def test_a_file_that_is_no_volume_is_named(script, tmp_path, capsys):
    assert script["main"]([str(tmp_path / "none.tif")]) == 2
    assert "none.tif: no such file" in capsys.readouterr().err
