"""A disk that is full ends a command with one line; with room again it goes on and ends the same."""

import errno
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from poregrove.features.cache import CACHE_VARIABLE
from poregrove.pipelines.compare import Request
from poregrove.pipelines.compare import run as run_comparison
from poregrove.pipelines.runs import atomic
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge"),
        targets=("projected_cycle_life", "tau_factor"),
        tiers=("morphology",),
        feature_sets=("none", "scalars+morphology"),
        regimes=("random", "new-structure"),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
)


class Quota:
    """Lets so many tables be written, then stops half-way through the next as a full disk does."""

    def __init__(self, monkeypatch, tables):
        self.left = tables
        self.whole = atomic.pq.write_table
        monkeypatch.setattr(atomic.pq, "write_table", self.write)

    def write(self, table, path, **options):
        self.whole(table, path, **options)
        self.left -= 1
        if self.left < 0:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))


def test_a_quota_met_at_random_writes_leaves_a_run_that_goes_on(data, tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    run = Request(data, tmp_path / "run", SETTINGS, device="cpu", workers=1)
    run_comparison(Request(data, tmp_path / "whole", SETTINGS, device="cpu", workers=1))
    whole = {path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*.parquet")}
    for tables in np.random.default_rng(5).integers(0, len(whole) // 2, 3):
        with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
            Quota(patched, tables)
            run_comparison(run)
        assert not list((tmp_path / "run").rglob("*.part"))
    run_comparison(run)
    assert {path.relative_to(tmp_path / "run") for path in (tmp_path / "run").rglob("*.parquet")} == whole
    for name in whole:
        made, expected = (pd.read_parquet(tmp_path / folder / name) for folder in ("run", "whole"))
        pd.testing.assert_frame_equal(made, expected, check_exact=True)
    log = (tmp_path / "run" / "run.log").read_text()
    assert log.count("end: OSError [Errno 28] No space left on device") == 3
    assert log.count("end: done") == 1


def test_a_cache_on_a_full_disk_is_said_once_and_gone_without(data, tmp_path, monkeypatch, caplog):
    from poregrove.pipelines.extraction.extract import extract_paths
    from poregrove.pipelines.settings import VolumeSettings

    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    Quota(monkeypatch, 2)
    described = extract_paths([data], settings=VolumeSettings(), columns=["porosity"], device="cpu", workers=1)
    assert (described.frame["status"] == "ok").all()
    assert len(list((tmp_path / "cache").rglob("*.parquet"))) == 2
    assert not list((tmp_path / "cache").rglob("*.part"))
    assert caplog.text.count("cannot be written, going on without: No space left on device") == 1


@pytest.fixture
def small_disk(tmp_path):
    """A file system in memory of 128 KiB, and a function that gives it room."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=128k", "tmpfs", place], capture_output=True, check=False
    )
    if not mount or made.returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield place, lambda: subprocess.run([mount, "-o", "remount,size=64m", place], check=True)
    subprocess.run(["umount", "-l", place], check=True)


def test_a_disk_that_is_really_full_ends_compare_with_one_line(program, data, undisturbed, small_disk):
    disk, make_room = small_disk
    words, run = program.compare(data, disk / "run")
    with program.start(*words) as process:
        _, said = process.communicate(timeout=500)
    assert process.returncode == 1, said
    assert "No space left on device" in said
    assert "Traceback" not in said
    kept = run.times()
    make_room()
    program.finish(*words)
    assert kept.items() <= run.times().items()
    run.assert_same_as(undisturbed[0])
    run.assert_no_job_twice()
