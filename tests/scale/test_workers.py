"""The simulation of workers against schedules worked out by hand, and on a small plan."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("workers.py")


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        import workers
    finally:
        sys.path.remove(str(SCRIPT.parent))
    return workers


@pytest.mark.parametrize(
    ("seconds", "workers", "end"),
    [
        ([5, 4, 3, 3, 3], 2, 10),  # 5 + 3 and 4 + 3 + 3; 9 is possible, but not for who takes the next when free
        ([3, 3, 3, 4, 5], 2, 11),
        ([7, 1, 1, 1], 4, 7),
        ([2, 2, 2], 1, 6),
    ],
)
def test_each_piece_is_begun_by_the_worker_that_is_free_first(script, seconds, workers, end):
    assert script.ends(seconds, workers) == end
    assert script.busy(seconds, workers) == pytest.approx(sum(seconds) / (workers * end))


def test_the_folds_of_a_large_set_keep_workers_busier_than_its_jobs_in_series(tmp_path):
    command = [sys.executable, SCRIPT, "--out", tmp_path, "--volumes", "400", "--designs", "40", "--workers", "64"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    said = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert said["busy"] > 0.85 > said["in_series"]["busy"]
    assert said["pieces"] > said["bundles"]
    assert "400 x 40" in said["data"]
