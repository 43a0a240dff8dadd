"""The script that runs all this on a device: what it says is missing, and how it sums up. No device needed."""

import json
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).with_name("run.py")
run = SimpleNamespace(**runpy.run_path(str(SCRIPT)))
MEASURED = {
    "device": "Device 0, 80 GiB free",
    "goals": [
        {"goal": "tortuosity alone", "value": 700.0, "limit": 600.0, "sense": ">=", "met": True},
        {"goal": "both tiers", "value": 20.0, "limit": 25.0, "sense": ">=", "met": False},
    ],
    "solver": [
        {"batch": 1, "bytes_per_second": 1e12, "share_of_copy": 0.25, "volumes_per_second": 100.0},
        {"batch": 8, "bytes_per_second": 2e12, "share_of_copy": 0.5, "volumes_per_second": 800.0},
    ],
    "peer": [{"batch": 8, "volumes_per_second": 40.0}],
}


def test_what_is_missing_is_named_with_what_it_is_for(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in {"cupy", "numba"} else object())
    assert run.lacking(emulate=False).startswith("missing: cupy (the device), numba (the CPU back end")
    assert "cupy" not in run.lacking(emulate=True)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    assert run.lacking(emulate=False) is None


@pytest.mark.skipif(find_spec("cupy") is not None, reason="cupy is installed, a device may answer")
def test_without_cupy_it_ends_with_2_and_one_line_and_leaves_nothing(tmp_path):
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "missing: cupy (the device)" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_summary_has_a_line_for_each_thing_that_was_asked():
    lines = run.summary({"said": "34 passed, 0 failed, 3 skipped"}, MEASURED, 312.4, emulate=False).splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "device",
        "tests",
        "met",
        "MISSED both tiers",
        "solver, memory traffic",
        "TauFactor, batch of 8",
        "seconds",
    ]
    assert lines[3].endswith("20 (>= 25)")
    assert lines[4].endswith("2000 GB/s, 50% of a copy")
    assert lines[5].endswith("20.0 times slower")
    assert lines[-1].endswith("312")


def test_a_benchmark_that_did_not_end_is_said_and_so_is_emulation():
    text = run.summary({"said": "1 passed, 0 failed, 0 skipped"}, "not done in 170 s", 470.0, emulate=True)
    assert "benchmark" in text
    assert "not done in 170 s" in text
    assert text.startswith("EMULATED")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_script_runs_on_an_emulated_device(tmp_path):
    command = [sys.executable, str(SCRIPT), "--emulate", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout
    assert json.loads((tmp_path / "out" / "bench.json").read_text())["device"].startswith("emulated")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "tests.xml",
        "tests.txt",
        "bench.json",
        "summary.txt",
    }
