"""Data sets of known law are what they claim to be, projections add up, and the whole path is measured."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings

sys.path.insert(0, str(Path(__file__).parent))
from make import Made, Plan, make
from projection import Costs, exponent, partly_run, projected, table


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder, make(folder, Plan(volumes=11, designs=30, size=16, points=50))


def test_targets_read_from_a_made_set_are_those_of_its_closed_forms(made):
    folder, law = made
    read = observe(open_dataset(folder), TargetSettings()).frame
    assert len(read) == 330
    assert set(read["status"]) == {"success", "failed", "not_simulated"}
    assert (read["dcir_method"].dropna() == "rest_to_discharge").all()
    for name, values in law.targets.items():
        np.testing.assert_allclose(read[name].to_numpy(float), values, rtol=1e-5, err_msg=name)  # traces are float32


def test_expectations_are_the_means_over_the_noise_and_nothing_predicts_better(made):
    _, law = made
    for name, values in law.targets.items():
        off = (values - law.expected[name])[np.isfinite(values)]
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(len(off)), name
        assert 0.7 < law.best_r2[name] < 1, name


def test_a_made_set_is_resumed_and_another_plan_is_refused(made):
    folder, law = made
    lost = folder / "rows" / "sample_00003.parquet"
    held = lost.read_bytes()
    lost.unlink()
    assert make(folder, Plan(volumes=11, designs=30, size=16, points=50)).best_r2 == law.best_r2
    assert lost.read_bytes() == held
    with pytest.raises(ValueError, match="another plan"):
        make(folder, Plan(volumes=12, designs=30, size=16, points=50))


def test_the_best_r2_is_that_of_the_expectations():
    law = Made({"y": np.array([1.0, 2.0, 3.0, np.nan])}, {"y": np.array([1.0, 2.0, 4.0, 0.0])})
    assert law.best_r2["y"] == pytest.approx(1 - 1 / 2)


def test_a_stage_grows_by_the_power_that_two_sizes_show():
    small, large = Costs(100, {"reading": 2.0, "none": 0.0}), Costs(400, {"reading": 16.0, "none": 0.0})
    assert exponent(small, large, "reading") == pytest.approx(1.5)
    assert np.isnan(exponent(small, large, "none"))
    assert projected([small, large], 1600).stages == pytest.approx({"reading": 128.0, "none": 0.0})
    slow = Costs(400, {"reading": 3.0, "none": 0.0})
    assert projected([small, slow], 800).stages["reading"] == pytest.approx(6.0), "in proportion at least"


def job(model, features, fit, intervals=None):
    names = {"target": "life", "regime": "new-both", "variant": "as-is"}
    spent = {"cpu_seconds_fit": fit, "cpu_seconds_predict": 1.0, "cpu_seconds_intervals": intervals}
    return {"model": model, "features": features, **names, **spent}


def test_jobs_that_were_not_run_grow_as_those_of_their_model():
    small = [Costs(100, {"reading": 1.0, "models": 30.0, "scores": 2.0})]
    jobs = [job("a", "x", 3.0), job("a", "y", 7.0), job("b", "x", 1.0, 2.0), job("c", "x", 5.0)]  # 4 + 8 + 4 + 6 = 22
    jobs.append({**job("d", "x", None), "cpu_seconds_predict": None})  # not applicable
    sample = [job("a", "x", 11.0), job("b", "x", 5.0, 6.0)]  # three times 4, three times 4
    found = partly_run(small, jobs, sample, Costs(300, {"reading": 4.0}))
    assert not found.whole
    # jobs three times 22, and three times the 8 seconds beside them
    assert found.stages == pytest.approx({"reading": 4.0, "models": 66.0 + 24.0, "scores": 6.0})
    with pytest.raises(ValueError, match="no job"):
        partly_run(small, jobs, [job("d", "x", 1.0)], Costs(300, {}))


def test_the_table_marks_what_is_projected():
    known = [Costs(100, {"models": 5.0}), Costs(200, {"models": 10.0})]
    lines = table(known, projected(known, 1500)).splitlines()
    assert lines[0] == "| processor seconds | 100 | 200 | exponent | 1,500* |"
    assert lines[2] == "| models | 5.0 | 10 | 1.00 | 75 |"
    assert lines[3] == "| total | 5.0 | 10 | 1.00 | 75 |"


SCRIPT = Path(__file__).with_name("whole.py")
TINY = "--designs 4 --size 16 --points 20 --workers 1 --goal-volumes 100"
LITTLE = "--models mean,ridge --targets projected_cycle_life,tau_factor --regimes new-both,new-structure --repeats 1"
LITTLE += " --feature-sets none,morphology,scalars+morphology+transport --no-studies"


def whole(folder, *options):
    command = [sys.executable, SCRIPT, "--out", folder, *TINY.split(), *options, "--", *LITTLE.split()]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="memory of a process tree is read from /proc"
)


@needs_proc
def test_the_whole_path_is_measured_and_measured_once(tmp_path):
    done = whole(tmp_path, "--volumes", "12", "--goal-size", "16")
    assert done.returncode == 0, done.stderr
    assert "| models |" in done.stdout
    assert "within the goal" in done.stdout
    beyond = whole(tmp_path, "--volumes", "12", "--goal-size", "16", "--goal", "1")
    assert beyond.returncode == 1
    assert "beyond the goal" in beyond.stdout


@needs_proc
@pytest.mark.slow
def test_a_size_is_run_partly_and_large_volumes_are_measured(tmp_path):
    done = whole(tmp_path, "--volumes", "12,24", "--partly", "36", "--goal-size", "20")
    assert done.returncode == 0, done.stderr
    assert "| 36* | exponent | 100* |" in done.stdout
    assert "A volume of 20^3:" in done.stdout
