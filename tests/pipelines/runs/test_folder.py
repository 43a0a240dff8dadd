"""A run folder belongs to one run and to one process at a time."""

import os
import signal
import subprocess
import sys
import time

import pytest

from poregrove.errors import RunError
from poregrove.pipelines.runs.folder import RunFolder

IDENTITY = {"data": "abc", "settings": {"comparison": {"folds": 5, "models": ["mean"]}}}


def test_the_same_run_goes_on_and_another_is_refused_with_its_differences(tmp_path):
    run = RunFolder(tmp_path / "run")
    assert run.begin(IDENTITY) is False
    assert run.begin(IDENTITY) is True
    other = {"data": "abc", "settings": {"comparison": {"folds": 3, "models": ["mean"]}}}
    with pytest.raises(RunError, match=r"settings\.comparison\.folds was 5, now 3"):
        run.begin(other)


def test_tuples_are_lists_in_json_and_still_the_same_run(tmp_path):
    run = RunFolder(tmp_path)
    run.begin({"models": ("a", "b")})
    assert run.begin({"models": ("a", "b")}) is True


def test_a_run_that_is_there_is_refused_where_it_is_not_to_be_gone_on_with(tmp_path):
    run = RunFolder(tmp_path)
    assert run.begin(IDENTITY, resume=False) is False
    with pytest.raises(RunError, match="holds a run already"):
        run.begin(IDENTITY, resume=False)


def test_what_a_killed_run_left_half_written_goes_when_the_run_goes_on(tmp_path):
    run = RunFolder(tmp_path)
    run.begin(IDENTITY)
    deep = tmp_path / "predictions" / "target=a"
    deep.mkdir(parents=True)
    (deep / ".part-0.parquet.x.part").write_bytes(b"half")
    (tmp_path / ".bundle.y.part").mkdir()
    (tmp_path / ".bundle.y.part" / "model.json").write_text("{")
    (tmp_path / "notes.part").write_text("no file of ours: no dot before its name")
    run.begin(IDENTITY)
    assert {path.name for path in tmp_path.rglob("*.part")} == {"notes.part"}


def test_a_folder_that_is_no_run_yet_keeps_its_files(tmp_path):
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / ".film.part").write_bytes(b"somebody's")
    (tmp_path / ".identity.json.z.part").write_text("{")
    RunFolder(tmp_path).begin(IDENTITY)
    assert {path.name for path in tmp_path.rglob("*.part")} == {".film.part"}


HOLDER = """
import pathlib, sys
from poregrove.pipelines.runs.folder import RunFolder
from poregrove.pipelines.execution.parallel import parallel_map
if __name__ == "__main__":
    here = pathlib.Path(sys.argv[1])
    with RunFolder(here).locked():
        parallel_map(eval, [f"__import__('pathlib').Path({str(here)!r}, 'pid-' + str(__import__('os').getpid())).touch() or __import__('time').sleep(100)"] * 2, workers=2)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops processes by a POSIX signal")
def test_workers_do_not_keep_the_lock_of_a_killed_parent(tmp_path):
    (tmp_path / "holder.py").write_text(HOLDER)
    held = tmp_path / "run"
    parent = subprocess.Popen([sys.executable, tmp_path / "holder.py", held])
    deadline = time.monotonic() + 60
    while len(list(held.glob("pid-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = [int(path.name.removeprefix("pid-")) for path in held.glob("pid-*")]
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)  # so that they are surely there when the lock is asked for
    parent.kill()
    parent.wait()
    try:
        assert len(workers) == 2
        with RunFolder(held).locked():
            pass
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)


def test_a_damaged_identity_is_named(tmp_path):
    run = RunFolder(tmp_path)
    run.identity.write_text("{")
    with pytest.raises(RunError, match=r"identity\.json: expected readable JSON"):
        run.begin(IDENTITY)


def test_a_second_process_is_kept_out(tmp_path):
    run = RunFolder(tmp_path)
    code = "import sys, pathlib; from poregrove.pipelines.runs.folder import RunFolder\nwith RunFolder(pathlib.Path(sys.argv[1])).locked(): pass"
    with run.locked():
        result = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert "another process is working in it" in result.stderr
    with run.locked():
        pass
