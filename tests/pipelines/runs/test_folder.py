"""A run folder belongs to one run and to one process at a time."""

import subprocess
import sys

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
