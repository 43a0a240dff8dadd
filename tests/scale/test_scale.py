"""The scale script on little: it ends within its limits, and started again it repeats nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("run.py")


def at_scale(folder, *options):
    done = subprocess.run(
        [sys.executable, SCRIPT, "--out", folder, *options], capture_output=True, text=True, timeout=3000, check=False
    )
    return done.returncode, json.loads(done.stdout), done.stderr


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory of a process tree is read from /proc")
def test_a_small_comparison_stays_within_its_limits_and_goes_on_where_it_was(tmp_path):
    options = "--volumes", "120", "--designs", "40", "--rounds", "40", "--models", "mean,additive,xgboost"
    options += "--memory", "1.5", "--workers", "1"
    code, said, log = at_scale(tmp_path, *options)
    assert code == 0, log
    assert said["rows"] == 4800
    assert said["features"] == 150
    assert 0.1 < said["peak_gib"] < 1.5
    assert said["r2"]["projected_cycle_life xgboost scalars+morphology+transport"] > 0.5
    assert {job["target"] for job in said["jobs"]} == {"projected_cycle_life", "tau_factor"}
    assert not [job for job in said["jobs"] if job["model"] == "additive"], "it needs ids that new-both leaves unseen"

    files = {path: path.stat().st_mtime_ns for path in tmp_path.glob("predictions/**/*.parquet")}
    assert len(files) == 4
    lost = next(path for path in files if "model=xgboost" in path.parts)
    lost.unlink()
    code, again, _ = at_scale(tmp_path, *options)
    assert code == 0
    assert again["r2"] == said["r2"]
    assert {path: path.stat().st_mtime_ns for path in files if path != lost} == {
        path: made for path, made in files.items() if path != lost
    }


@pytest.mark.slow
def test_a_tenth_of_the_users_rows_takes_little_more_than_the_libraries(tmp_path):
    code, said, log = at_scale(tmp_path, "--volumes", "1500", "--rounds", "20", "--memory", "1.5", "--workers", "1")
    assert code == 0, log
    assert said["peak_gib"] < 1.5
    assert said["disk_gb"] < 0.5


def test_reading_prints_its_cost_and_defines_every_life():
    command = [sys.executable, SCRIPT.with_name("reading.py"), "--rows", "3000", "--points", "40", "--files", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    said = json.loads(done.stdout)
    assert (said["rows"], said["files"], said["undefined_lives"]) == (3000, 2, 0)
    assert said["cpu_seconds_a_million_rows"] > 0
