"""Seconds are summed over the attempts of a run."""

import json
import subprocess
import sys
import time

import pytest

from poregrove.pipelines.runs.clock import Clock


def sitting(file, *stages, fails=False):
    clock = Clock()
    clock.keep_in(file)
    for stage in stages:
        with clock.stage(stage):
            if fails:
                raise KeyboardInterrupt
    return clock


def test_sittings_add_up(tmp_path):
    file = tmp_path / "sittings.json"
    file.write_text(json.dumps({"sittings": [{"began": "2026-01-02T03:04:05+00:00", "seconds": {"models": 100.0}}]}))
    clock = sitting(file, "models", "scores")
    assert clock.attempts == 2
    assert clock.first_began == "2026-01-02T03:04:05+00:00"
    assert 100.0 <= clock.seconds["models"] < 101.0
    assert set(clock.seconds) == {"models", "scores"}
    assert sitting(file, "models").attempts == 3


def test_an_interrupted_stage_counts(tmp_path):
    file = tmp_path / "sittings.json"
    with pytest.raises(KeyboardInterrupt):
        sitting(file, "models", fails=True)
    (kept,) = json.loads(file.read_text())["sittings"]
    assert set(kept["seconds"]) == {"models"}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"sittings": [{"began": "x"}]}', '{"sittings": [{"began": "x", "seconds": 3}]}']
)
def test_a_damaged_file_is_said_and_survived(tmp_path, caplog, text):
    file = tmp_path / "sittings.json"
    file.write_text(text)
    assert sitting(file, "models").attempts == 1
    assert "cannot be read" in caplog.text


def test_processor_seconds_count_this_process_and_the_workers_that_ended_in_the_stage(tmp_path):
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    clock = Clock()
    clock.keep_in(tmp_path / "sittings.json")
    with clock.stage("asleep"):
        time.sleep(0.3)
    with clock.stage("in a child"):
        subprocess.run([sys.executable, "-c", burn], check=True)
    assert clock.cpu_seconds["asleep"] < 0.15
    assert clock.cpu_seconds["in a child"] > 0.15, "counted in ticks of a hundredth"
    again = sitting(tmp_path / "sittings.json", "asleep")
    assert again.cpu_seconds["in a child"] == clock.cpu_seconds["in a child"]
