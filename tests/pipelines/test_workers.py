"""Work over processes: in order, with few threads, ending with its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from poregrove.pipelines.workers import THREAD_VARIABLES, cores, parallel_map, threads_for, workers_for

PARENT = """
import sys, time
from poregrove.pipelines.workers import parallel_map
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
    assert workers_for(1, 8) == 1
    assert workers_for(0, 8) == 1
    assert workers_for(100, 3) == 3
    assert threads_for(10 * cores()) == 1


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
