"""Divided by fold and target, a comparison gives the same bits, and a killed one loses no fold that was finished."""

import importlib.util
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import ModelError, RunError
from poregrove.pipelines.execution.shards import Shard
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.training import division
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels, JobRecord
from poregrove.pipelines.training.run import run_comparison

LIFE, CAPACITY, TAU = "projected_cycle_life", "nominal_capacity", "tau_factor"
MEASURED = {"seconds_fit", "seconds_predict", "cpu_seconds_fit", "cpu_seconds_predict", "peak_memory_bytes"}
MEASURED |= {"seconds_intervals", "cpu_seconds_intervals"}


@pytest.fixture(scope="module")
def different():
    """The comparison of two runs to the last bit."""
    spec = importlib.util.spec_from_file_location("compare_runs", Path(__file__).parents[2] / "compare_runs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.different


@pytest.fixture
def divided(monkeypatch):
    """Every fold of every target is a piece."""
    monkeypatch.setattr(division, "SHORT", 0.0)
    monkeypatch.setattr(division, "LONG", 1e-9)


def unmeasured(record: JobRecord) -> JobRecord:
    return replace(record, **dict.fromkeys(MEASURED))


def assert_same(first, second, other):
    assert [*map(unmeasured, first.jobs)] == [*map(unmeasured, second.jobs)]
    assert not (other / "parts").exists()


@pytest.fixture(scope="module")
def whole(make, tmp_path_factory):
    """Models that need ids, that are clipped and get intervals, and that learn all targets at once."""
    world = make(12, 10)
    settings = ComparisonSettings(
        models=("design-mean", "ridge", "xgboost-multi-output"),
        targets=(LIFE, TAU),
        regimes=("random", "new-both", "ood-porosity"),
        repeats=2,
        folds=2,
        feature_sets=("none", "morphology"),
        intervals=("ridge",),
    )
    catalog = InstalledModels({"xgboost-multi-output": {"rounds": 5, "rounds_unvalidated": 5}})
    rows = build_rows(world.observations, world.volumes)

    def compare(folder, **changes):
        tiers = {name: "morphology" for name in world.features if world.features[name].dtype == float}
        return run_comparison(RunContext(folder, settings, catalog, tiers=tiers, **changes), rows, world.features)

    folder = tmp_path_factory.mktemp("whole")
    return compare, folder, compare(folder)


@pytest.mark.usefixtures("divided")
def test_a_divided_comparison_has_the_same_bits(whole, different, tmp_path, caplog):
    compare, folder, record = whole
    caplog.set_level("DEBUG", logger="poregrove")
    assert {item.status for item in record.jobs} == {"done", "not applicable"}
    assert {item.interval_method for item in record.jobs} >= {None, "cv+"}
    assert list(folder.glob("predictions_unclipped/**/*.parquet"))
    assert_same(record, compare(tmp_path), tmp_path)
    assert [*different(folder, tmp_path)] == []
    pieces = [line for line in caplog.messages if line.startswith("finished parts/")]
    assert len(pieces) > 2 * len([item for item in record.jobs if item.status == "done"])


@pytest.mark.usefixtures("divided")
def test_two_workers_divide_the_folds_among_them(whole, different, tmp_path):
    compare, folder, record = whole
    # as many threads a worker as one process alone has for so few rows: one
    assert_same(record, compare(tmp_path, workers=2), tmp_path)
    assert [*different(folder, tmp_path)] == []


@pytest.mark.usefixtures("divided")
def test_shards_take_whole_jobs_and_have_the_same_bits(whole, tmp_path):
    compare, folder, record = whole
    found = {}
    for number in (1, 2):
        part = compare(tmp_path / str(number), shard=Shard(number, 2))
        found |= {item.job: item for item in part.jobs}
        for path in (tmp_path / str(number)).glob("predictions*/**/*.parquet"):
            assert path.read_bytes()
            pd.testing.assert_frame_equal(
                pd.read_parquet(path), pd.read_parquet(folder / path.relative_to(tmp_path / str(number)))
            )
    assert [*map(unmeasured, record.jobs)] == [unmeasured(found[item.job]) for item in record.jobs]


CHANGES = {"regimes": ("new-structure",), "targets": (LIFE, CAPACITY), "feature_sets": ("scalars", "morphology")}


@pytest.mark.usefixtures("divided")
def test_a_stopped_comparison_repeats_no_finished_fold(world, runner, models, fits, monkeypatch):
    linear = models["linear"]
    fit, left = linear.fit, iter(range(7))

    def killed(self, *given):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return fit(self, *given)

    monkeypatch.setattr(linear, "fit", killed)
    with pytest.raises(KeyboardInterrupt):
        runner.run(world, linear, **CHANGES)
    files = {path: path.stat().st_mtime_ns for path in runner.folder.glob("parts/**/*.parquet")}
    assert len(files) == 7
    assert not list(runner.folder.glob("predictions/**/*.parquet"))
    damaged = min(files)
    damaged.write_bytes(damaged.read_bytes()[:-20])
    monkeypatch.setattr(linear, "fit", fit)
    fits.calls.clear()
    record = runner.run(world, linear, **CHANGES)
    assert len(fits.calls) == 2 * 2 * 5 - 7 + 1
    assert {item.status for item in record.jobs} == {"done"}
    assert {item.n_fits for item in record.jobs} == {5}
    assert not (runner.folder / "parts").exists()
    fits.calls.clear()
    assert runner.run(world, linear, **CHANGES).jobs == record.jobs
    assert not fits.calls


@pytest.mark.usefixtures("divided")
def test_a_job_that_is_removed_is_run_again_alone(world, runner, models, fits):
    record = runner.run(world, models["linear"], **CHANGES)
    job = record.jobs[0].job
    before = job.file(runner.folder).read_bytes()
    job.file(runner.folder).unlink()
    fits.calls.clear()
    runner.run(world, models["linear"], **CHANGES)
    assert len(fits.calls) == 5
    assert len(job.file(runner.folder).read_bytes()) == pytest.approx(len(before), rel=0.05)


@pytest.mark.usefixtures("divided")
def test_the_reason_of_a_failure_is_that_of_the_first_fold(world, runner_in, models, monkeypatch, tmp_path):
    class Fickle(models["linear"]):
        def fit(self, train, valid, context):
            if context.seed % 3 == 0:
                raise ModelError(f"seed {context.seed} is a multiple of three")
            return super().fit(train, valid, context)

    pieces = runner_in(tmp_path / "pieces").run(world, Fickle, **CHANGES)
    monkeypatch.undo()
    assert pieces.jobs[0].status == "failed"
    assert pieces.jobs == runner_in(tmp_path / "whole").run(world, Fickle, **CHANGES).jobs


@pytest.mark.usefixtures("divided")
def test_a_part_that_was_changed_is_named(world, runner, models, monkeypatch):
    from poregrove.pipelines.training import run

    def changed(function, items, **rest):
        if function is run.gather:
            path = items[0].parts[0]
            content = bytearray(path.read_bytes())
            content[60] ^= 1
            path.write_bytes(content)
        return map_(function, items, **rest)

    map_ = run.parallel_map
    monkeypatch.setattr(run, "parallel_map", changed)
    with pytest.raises(RunError, match=r"part .*parts.*0-0.parquet cannot be read"):
        runner.run(world, models["linear"], **CHANGES)


@pytest.mark.usefixtures("divided")
def test_the_longest_begin_first_by_the_costs_that_are_given(world, runner_in, models, fits, tmp_path):
    told = []

    def costs(part):
        told.append(part)
        return part.n_columns + part.folds[0][1]

    rows = build_rows(world.observations, world.volumes)
    runner = runner_in(tmp_path)
    catalog = type(
        "Catalog", (), {"available": lambda _: (models["linear"].info,), "create": lambda *_: models["linear"]()}
    )
    settings = runner.settings(**CHANGES)
    context = RunContext(tmp_path, settings, catalog(), tiers={"porosity": "morphology"}, costs=costs)
    run_comparison(context, rows, world.features)
    widths = [len(call["train"].columns.names) for call in fits.calls]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 2
    assert len(set(told)) == 2 * 2 * 5
    assert all(part.n_rows == pytest.approx(288 * 0.8, abs=24) and part.n_fits == 1 for part in told)
    assert np.ptp([part.n_columns for part in told]) > 0


KILLED = """
import sys
from pathlib import Path
import pandas as pd
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.training import division
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import run_comparison
division.SHORT, division.LONG = 0.0, 1e-9
settings = ComparisonSettings(
    models=("xgboost",), targets=("projected_cycle_life", "nominal_capacity"), repeats=1, intervals=(),
    feature_sets=("scalars", "morphology"), regimes=("new-structure", "random"),
)
folder = Path(sys.argv[1])
tables = [pd.read_parquet(folder / f"{name}.parquet") for name in ("rows", "features")]
catalog = InstalledModels({"xgboost": {"rounds": 20}})
print("begun", flush=True)
run_comparison(RunContext(folder, settings, catalog, tiers={"porosity": "morphology"}), *tables)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills processes by POSIX signals")
def test_killed_at_random_moments_it_ends_as_if_nothing_had_happened(make, different, tmp_path):
    world = make(20, 12)
    folders = {name: tmp_path / name for name in ("undisturbed", "killed")}
    for folder in folders.values():
        folder.mkdir()
        build_rows(world.observations, world.volumes).to_parquet(folder / "rows.parquet")
        world.features.to_parquet(folder / "features.parquet")

    def run(folder, seconds=None):
        with subprocess.Popen([sys.executable, "-c", KILLED, folder], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            began = time.monotonic()
            try:
                assert process.wait(seconds) == 0
            except subprocess.TimeoutExpired:
                process.kill()
            return time.monotonic() - began

    whole = run(folders["undisturbed"])
    moments, kept, most = np.random.default_rng(0), {}, 0
    for _ in range(6):
        run(folders["killed"], whole * moments.uniform(0.1, 0.4))
        parts = {path: path.stat().st_mtime_ns for path in folders["killed"].glob("parts/**/[0-9]*.parquet")}
        assert all(parts.get(path, made) == made for path, made in kept.items()), "a finished fold was run again"
        kept, most = parts, max(most, len(parts))
    run(folders["killed"])
    assert most > 5
    assert [*different(*folders.values())] == []
    assert not (folders["killed"] / "parts").exists()
