"""Work over processes: in order, with few threads, ending with its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from poregrove.errors import RunError
from poregrove.features.processes import THREAD_VARIABLES, cores
from poregrove.pipelines.execution.local import LocalEngine
from poregrove.pipelines.execution.parallel import engine_of, parallel_map

PARENT = """
import sys, time
from poregrove.pipelines.execution.parallel import parallel_map
from operator import methodcaller

if __name__ == "__main__":
    import os
    parallel_map(eval, ["__import__('pathlib').Path(%r + str(__import__('os').getpid())).touch() or __import__('time').sleep(60)"] * 2, workers=2)
"""


def test_results_keep_the_order_of_the_items():
    assert parallel_map(abs, [-3, 2, -1], workers=2) == [3, 2, 1]
    assert parallel_map(abs, [-3, 2, -1], workers=1) == [3, 2, 1]
    assert parallel_map(abs, [], workers=2) == []


def test_progress_counts_every_item():
    seen = []
    parallel_map(abs, [1, 2, 3], workers=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_the_first_error_is_raised_here():
    with pytest.raises(TypeError, match="bad operand"):
        parallel_map(abs, [1, "x", 2], workers=2)


def test_workers_are_other_processes_with_their_share_of_threads():
    pids = parallel_map(eval, ["__import__('os').getpid()"] * 4, workers=2)
    assert os.getpid() not in pids
    threads = parallel_map(os.getenv, list(THREAD_VARIABLES), workers=2)
    assert threads == [str(max(1, cores() // 2))] * len(THREAD_VARIABLES)


def test_never_more_workers_than_items():
    assert LocalEngine(8).n_workers(1) == 1
    assert LocalEngine(8).n_workers(0) == 1
    assert LocalEngine(3).n_workers(100) == 3
    assert LocalEngine(10 * cores()).threads(10 * cores()) == 1


def test_workers_without_an_item_help_those_that_have_one():
    assert LocalEngine(8).threads_per_worker(2) == 4
    assert LocalEngine(8).threads_per_worker(100) == 1
    assert LocalEngine(8).threads_per_worker(0) == 8


def test_a_number_and_an_engine_are_both_workers():
    assert engine_of(3) == LocalEngine(3)
    assert engine_of(None) == LocalEngine(None)
    assert engine_of(LocalEngine(2)) == LocalEngine(2)


def test_batches_keep_the_order_and_progress_counts_their_items():
    seen = []
    result = parallel_map(abs, [-3, 2, -1, 5, -4], workers=2, batch=2, progress=lambda *done: seen.append(done))
    assert result == [3, 2, 1, 5, 4]
    assert seen == [(2, 5), (4, 5), (5, 5)]


def alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc to see who is alive")
def test_no_worker_outlives_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT % str(tmp_path / "worker-"))
    parent = subprocess.Popen([sys.executable, script])
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("worker-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    workers = [int(path.name.removeprefix("worker-")) for path in tmp_path.glob("worker-*")]
    assert len(workers) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    time.sleep(3)
    assert not [pid for pid in workers if alive(pid)]


TELLING = "__import__('logging').getLogger('poregrove.pipelines.made_up').warning('seen by %s', 'a worker')"


def test_what_workers_log_is_logged_here(caplog):
    parallel_map(eval, [TELLING, "1"], workers=2)
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("poregrove.pipelines.made_up", "seen by a worker")
    ]


def test_what_a_worker_logged_before_it_failed_is_logged_here(caplog):
    with pytest.raises(ZeroDivisionError):
        parallel_map(eval, [f"({TELLING}, 1 / 0)", "1"], workers=2)
    assert "seen by a worker" in caplog.text


def test_a_worker_that_is_killed_ends_the_work_with_one_line():
    with pytest.raises(RunError, match="a worker process died"):
        parallel_map(eval, ["__import__('os').kill(__import__('os').getpid(), 9)", "1"], workers=2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc to see who is alive")
def test_an_error_does_not_wait_for_what_other_workers_are_at(tmp_path):
    sleeper = f"__import__('pathlib').Path({str(tmp_path)!r}, str(__import__('os').getpid())).touch() or __import__('time').sleep(100)"
    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        parallel_map(eval, [sleeper, "__import__('time').sleep(3) or 1 / 0"], workers=2)
    assert time.monotonic() - began < 60
    time.sleep(0.5)
    assert not [path for path in tmp_path.iterdir() if alive(path.name)]
