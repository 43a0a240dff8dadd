"""A Dask cluster of real processes gives what this machine's own processes give, even where workers die."""

import time

import pandas as pd
import pytest

pytest.importorskip("distributed", reason="needs the extra dask")

from poregrove.errors import MissingExtraError, RunError
from poregrove.features.description import wanted_columns
from poregrove.features.processes import cores
from poregrove.pipelines.audit.inspection import inspect_dataset
from poregrove.pipelines.execution.dask import dask_engine
from poregrove.pipelines.execution.parallel import parallel_map
from poregrove.pipelines.extraction.extract import extract, sources_of
from poregrove.pipelines.settings import ComparisonSettings, Settings
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import run_comparison

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge", "xgboost"),
        targets=("projected_cycle_life", "tau_factor"),
        tiers=("morphology",),
        feature_sets=("none", "morphology", "scalars+morphology"),
        regimes=("new-structure",),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    model={"xgboost": {"rounds": 10, "patience": 5}},
)
TELLING = "__import__('logging').getLogger('poregrove.pipelines.made_up').warning('seen by %s', 'a worker')"


@pytest.fixture(scope="module")
def cluster():
    with dask_engine(workers=2) as engine:
        yield engine


def test_results_keep_their_order_and_progress_counts(cluster):
    seen = []
    result = parallel_map(abs, [-3, 2, -1, 4, -5], workers=cluster, progress=lambda *done: seen.append(done))
    assert result == [3, 2, 1, 4, 5]
    assert seen == [(done, 5) for done in range(1, 6)]
    assert parallel_map(abs, [-3, 2, -1], workers=cluster, batch=2) == [3, 2, 1]
    assert parallel_map(abs, [], workers=cluster) == []


def test_work_is_done_by_two_other_processes_with_their_share_of_threads(cluster):
    assert (
        len(set(parallel_map(eval, ["__import__('time').sleep(.2) or __import__('os').getpid()"] * 6, workers=cluster)))
        == 2
    )
    assert cluster.n_workers(100) == 2
    assert cluster.is_local
    assert cluster.threads(100) == max(1, cores() // 2)
    assert cluster.backend("cpu") == "cpu"


def test_errors_and_what_workers_log_come_home(cluster, caplog):
    with pytest.raises(ZeroDivisionError):
        parallel_map(eval, [f"({TELLING}, 1 / 0)"], workers=cluster)
    parallel_map(eval, [TELLING], workers=cluster)
    assert caplog.messages.count("seen by a worker") == 2


def test_what_a_killed_worker_was_at_goes_to_another(cluster, tmp_path):
    once = (
        f"__import__('pathlib').Path({str(tmp_path / 'died')!r}).exists()"
        f" or (__import__('pathlib').Path({str(tmp_path / 'died')!r}).touch(), __import__('os').kill(__import__('os').getpid(), 9))"
    )
    assert parallel_map(eval, [once, "2", "3"], workers=cluster) == [True, 2, 3]


def test_a_task_that_kills_every_worker_ends_with_one_line(cluster):
    with pytest.raises(RunError, match="died over one task again and again"):
        parallel_map(eval, ["__import__('os').kill(__import__('os').getpid(), 9)"], workers=cluster)
    assert parallel_map(abs, [-1], workers=cluster) == [1]


def test_folders_that_workers_do_not_see_and_schedulers_that_are_not_there_are_named(tmp_path):
    with (
        pytest.raises(RunError, match=r"does not see .*nowhere"),
        dask_engine(workers=1, must_see=[tmp_path / "nowhere"]),
    ):
        pass
    began = time.monotonic()
    with (
        pytest.raises(RunError, match=r"tcp://127\.0\.0\.1:9: no Dask scheduler answers"),
        dask_engine("tcp://127.0.0.1:9"),
    ):
        pass
    assert time.monotonic() - began < 60


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"poregrove\[dask\]"), dask_engine():
        pass


def test_descriptors_and_predictions_equal_those_of_the_local_engine(cluster, shared_clean_set, tmp_path):
    """Descriptors exactly, predictions within 1e-6 of their spread."""
    seen = inspect_dataset(shared_clean_set.folder, SETTINGS, workers=cluster)
    rows = build_rows(seen.observations.frame, seen.inspection.frame)
    columns = wanted_columns(SETTINGS.comparison.tiers, None)
    tables = {}
    for name, workers in (("local", 2), ("dask", cluster)):
        extraction = extract(
            sources_of(seen.dataset, seen.inspection),
            seen.inspection.phase,
            SETTINGS.volume,
            columns,
            device="cpu",
            workers=workers,
        )
        tables[name] = extraction.frame.drop(columns=["filename", "reason", "pore_value"])
        (tmp_path / name).mkdir()
        catalog = InstalledModels(SETTINGS.model)
        context = RunContext(tmp_path / name, SETTINGS.comparison, catalog, workers=workers)
        run_comparison(context, rows, tables[name])
    pd.testing.assert_frame_equal(tables["dask"], tables["local"], check_exact=True)
    local, dask = tmp_path / "local", tmp_path / "dask"
    files = sorted(path.relative_to(local) for path in (local / "predictions").rglob("*.parquet"))
    assert len(files) == 8
    assert files == sorted(path.relative_to(dask) for path in (dask / "predictions").rglob("*.parquet"))
    for file in files:
        here, there = pd.read_parquet(local / file), pd.read_parquet(dask / file)
        pd.testing.assert_frame_equal(there, here, rtol=1e-6, atol=1e-6 * max(here["y_pred"].std(), 1e-30))


def boosted(engine, folder, rows, features, **options):
    """R2 of XGBoost on the fade of cells."""
    settings = ComparisonSettings(
        models=("xgboost",),
        targets=("capacity_fade_rate",),
        tiers=("morphology",),
        feature_sets=("scalars+morphology",),
        regimes=("random",),
        folds=2,
        repeats=1,
    )
    folder.mkdir()
    catalog = InstalledModels({"xgboost": {"rounds": 60, "max_bin": 256, **options}})
    record = run_comparison(RunContext(folder, settings, catalog, workers=engine), rows, features)
    (job,) = record.jobs
    assert job.status == "done", job.reason
    made = pd.read_parquet(job.job.file(folder)).set_index("row")["y_pred"]
    truth = rows.set_index("row").loc[made.index, "capacity_fade_rate"]
    return 1 - ((made - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()


def test_a_booster_over_the_cluster_scores_like_one_of_one_machine(cluster, clean_set_maker, tmp_path):
    """Merged sketches bin a little differently, so R2 within .005."""
    made = clean_set_maker(tmp_path / "data", n_volumes=20, n_designs=40)
    seen = inspect_dataset(made.folder, SETTINGS, workers=1)
    rows = build_rows(seen.observations.frame, seen.inspection.frame)
    described = extract(
        sources_of(seen.dataset, seen.inspection),
        seen.inspection.phase,
        SETTINGS.volume,
        wanted_columns(("morphology",), None),
        workers=cluster,
    )
    features = described.frame.drop(columns=["filename", "reason", "pore_value"])
    alone = boosted(1, tmp_path / "alone", rows, features)
    together = boosted(cluster, tmp_path / "together", rows, features, distributed=True)
    assert alone > 0.8
    assert together == pytest.approx(alone, abs=0.005)
