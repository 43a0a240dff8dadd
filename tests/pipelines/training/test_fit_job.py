"""Running jobs: what is fitted on what, what is written, what is not repeated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import RunError
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.arrays import data_of
from poregrove.pipelines.tables.groups import find_groups
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.tables.run_tables import load_data
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.fit import threads_worth
from poregrove.pipelines.training.job import Job
from poregrove.pipelines.training.predictions import read_predictions, read_record
from poregrove.pipelines.training.run import run_comparison
from poregrove.schema import PREDICTIONS

LIFE = "projected_cycle_life"


def by_job(record):
    return {
        (item.job.target, item.job.model, item.job.features, item.job.regime, item.job.variant): item
        for item in record.jobs
    }


def test_every_row_is_predicted_once_a_repeat_by_the_mean_of_its_training_rows(world, runner, models):
    runner.run(world, models["mean"], regimes=("new-structure",), targets=(LIFE,), repeats=2)
    frame = pd.read_parquet(runner.folder / "predictions")
    assert list(frame.columns[:6]) == list(PREDICTIONS.names)
    assert [str(kind) for kind in frame.dtypes[:6]] == ["int32"] * 3 + ["float32"] * 3
    assert frame.groupby("repeat")["row"].agg(lambda rows: sorted(rows) == [*range(288)]).all()
    truth = world.observations[LIFE].to_numpy()
    for _, fold in frame.groupby(["repeat", "fold"]):
        train = np.setdiff1d(np.arange(288), fold["row"])
        np.testing.assert_allclose(fold["y_pred"], truth[train].mean(), rtol=1e-6)
        np.testing.assert_allclose(fold["y_lo"], fold["y_pred"] - 1, rtol=1e-6)


def test_all_partitions_read_back_as_they_were_named(world, runner, models):
    runner.run(world, models["linear"], regimes=("random",), targets=(LIFE,))
    frame = pd.read_parquet(runner.folder / "predictions")
    assert set(frame["features"]) == {
        "scalars",
        "scalars+physics",
        "morphology",
        "scalars+morphology",
        "scalars+morphology+transport",
        "scalars+morphology+transport+physics",
    }


def test_log_targets_are_learned_on_the_logarithm_and_written_raw(world, runner, models, fits):
    runner.run(world, models["mean"], regimes=("new-structure",), targets=("tau_factor",))
    predictions = read_predictions(Job("tau_factor", "mean", "none", "new-structure").file(runner.folder))
    tau = np.log(build_rows(world.observations, world.volumes).set_index("row")["tau_factor"])
    fold = predictions["fold"] == 0
    train = tau.dropna().drop(predictions["row"][fold])
    np.testing.assert_allclose(predictions["y_pred"][fold], np.exp(train.mean()), rtol=1e-6)
    np.testing.assert_allclose(np.log(predictions["y_hi"]) - np.log(predictions["y_pred"]), 1, rtol=1e-4)
    np.testing.assert_allclose(fits.calls[0]["y"], train, rtol=1e-6)


def test_what_depends_on_the_volume_alone_shows_one_number_in_both_regimes_and_none_in_the_others(
    world, runner, models, fits
):
    record = by_job(runner.run(world, models["mean"], targets=("porosity",)))
    assert len(fits.calls) == 5
    one, other = (
        read_predictions(Job("porosity", "mean", "none", name).file(runner.folder))
        for name in ("new-structure", "new-both")
    )
    assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)
    assert len(one["row"]) == 12
    for regime in ("random", "new-design"):
        item = record["porosity", "mean", "none", regime, "as-is"]
        assert item.status == "not applicable"
        assert "volume alone" in item.reason


def test_a_run_stopped_between_jobs_does_only_the_rest(world, runner, models, fits):
    changes = {"regimes": ("random", "new-structure"), "targets": (LIFE, "nominal_capacity")}
    whole = runner.run(world, models["mean"], models["design-mean"], **changes)
    before = len(fits.calls)
    files = sorted((runner.folder / "predictions").rglob("*.parquet"))
    times = {file: file.stat().st_mtime_ns for file in files}
    contents = read_predictions(files[0])
    files[0].unlink()
    # What a killed process leaves behind is no finished file.
    (files[0].parent / f".{files[0].name}.x.part").write_bytes(b"half")
    fits.calls.clear()
    again = runner.run(world, models["mean"], models["design-mean"], **changes)
    assert before == 2 * 2 * 2 * 5
    assert len(fits.calls) == 5
    assert {file for file in files if file.stat().st_mtime_ns != times[file]} == {files[0]}
    np.testing.assert_array_equal(read_predictions(files[0])["y_pred"], contents["y_pred"])
    assert [item.job for item in again.jobs] == [item.job for item in whole.jobs]
    kept = [item for item in whole.jobs if item.job.file(runner.folder) != files[0]]
    assert set(kept) <= set(again.jobs)
    assert len(pd.read_parquet(runner.folder / "predictions")) == 288 * 8


def test_nothing_is_refitted_when_all_is_there(world, runner, models, fits):
    runner.run(world, models["mean"], models["linear"])
    fits.calls.clear()
    runner.run(world, models["mean"], models["linear"])
    assert fits.calls == []


def test_the_record_of_a_job_travels_in_its_file(world, runner, models):
    (record,) = runner.run(world, models["mean"], regimes=("random",), targets=(LIFE,)).jobs
    assert record.status == "done"
    assert record.n_fits == 5
    assert record.seconds_fit >= 0
    assert record.device == "cpu"
    assert read_record(record.job.file(runner.folder)) == record.as_dict()


def test_the_device_of_a_job_is_where_its_fits_ran_not_where_they_were_asked_to(world, runner, models, monkeypatch):
    (record,) = runner.run(world, models["mean"], regimes=("random",), targets=(LIFE,), device="cuda").jobs
    assert record.device == "cpu"
    monkeypatch.setattr(models["mean"].fitted, "device", "gpu", raising=False)
    (record,) = runner.run(
        world, models["mean"], regimes=("random",), targets=("nominal_capacity",), device="cuda"
    ).jobs
    assert record.device == "gpu"
    assert read_record(record.job.file(runner.folder))["device"] == "gpu"


def test_a_model_that_fails_says_where_and_leaves_no_file(world, runner, models):
    record = by_job(runner.run(world, models["shy"], regimes=("random",), targets=(LIFE, "nominal_capacity")))
    failed = record[LIFE, "shy", "scalars", "random", "as-is"]
    assert (failed.status, failed.reason) == ("failed", "repeat 0 fold 0: too large for me")
    assert not failed.job.file(runner.folder).exists()
    assert record["nominal_capacity", "shy", "scalars", "random", "as-is"].status == "done"


def test_models_that_need_ids_run_where_they_were_seen(world, runner, models):
    record = by_job(runner.run(world, models["design-mean"], models["volume-mean"], targets=(LIFE,)))
    status = {key[1::2][:2]: item.status for key, item in record.items()}
    assert status == {
        ("design-mean", "random"): "done",
        ("design-mean", "new-structure"): "done",
        ("design-mean", "new-design"): "not applicable",
        ("design-mean", "new-both"): "not applicable",
        ("volume-mean", "random"): "done",
        ("volume-mean", "new-structure"): "not applicable",
        ("volume-mean", "new-design"): "done",
        ("volume-mean", "new-both"): "not applicable",
    }


def test_a_row_whose_id_training_lacks_gets_the_mean_of_training(make, runner, models):
    world = make(6, 6)
    lonely = (world.observations["filename"] == "sample_000.tif") & (world.observations["param_id"] > 0)
    world.observations.loc[lonely, ["projected_cycle_life", "nominal_capacity"]] = np.nan
    runner.run(world, models["volume-mean"], regimes=("random",), targets=(LIFE,))
    predictions = read_predictions(Job(LIFE, "volume-mean", "none", "random").file(runner.folder))
    fold = predictions["fold"][predictions["row"] == 0]
    train = world.observations.drop(index=predictions["row"][predictions["fold"] == fold])[LIFE].dropna()
    assert predictions["y_pred"][predictions["row"] == 0] == pytest.approx(train.mean())


def test_ids_that_training_never_sees_make_a_model_not_applicable(make, runner, models):
    world = make(20, 20, rows_per_volume=1)
    (record,) = runner.run(world, models["volume-mean"], regimes=("random",), targets=(LIFE,)).jobs
    assert (record.status, record.reason) == ("not applicable", "training never saw the ids of a test row")


def test_validation_rows_are_given_to_those_who_ask_and_share_no_group(world, runner, models, fits):
    runner.run(
        world,
        models["linear"],
        models["mean"],
        regimes=("new-both",),
        targets=(LIFE,),
        feature_sets=("none", "scalars"),
    )
    for call in fits.calls:
        if call["model"] == "mean":
            assert call["valid"] is None
            continue
        assert len(call["valid"]) == len(call["y_valid"]) > 0
        assert not np.isin(call["valid"].volume, call["train"].volume).any()
        assert not np.isin(call["valid"].design, call["train"].design).any()


def test_targets_that_are_known_for_the_same_rows_share_them(world, runner, models, fits):
    world.observations["initial_dcir"] = world.observations["nominal_capacity"].where(world.observations["row"] > 5)
    runner.run(
        world,
        models["nearest"],
        regimes=("random",),
        targets=(LIFE, "nominal_capacity", "initial_dcir"),
        feature_sets=("scalars",),
    )
    first, second, third = (call["train"] for call in fits.calls[:3])
    assert first is not third
    assert sum(one is other for one, other in ((first, second), (first, third), (second, third))) == 1


def test_censored_lives_come_as_bounds_and_predictions_stay_within_what_a_life_can_be(world, runner, models, fits):
    frame = world.observations
    frame["cycle_life_status"] = np.where(frame["row"] % 3 == 0, "measured", "projected")
    frame.loc[frame["row"] % 7 == 0, ["cycle_life_status", LIFE]] = ["censored", 5000.0]
    runner.run(world, models["censored"], regimes=("random",), targets=(LIFE,))
    call = fits.calls[0]
    assert set(call["y"][np.isinf(call["upper"])]) == {50.0}
    measured = np.isfinite(call["upper"])
    assert np.array_equal(call["upper"][measured], call["y"][measured])
    expected = (frame["cycle_life_status"] == "measured").mean()
    assert measured.mean() == pytest.approx(expected, abs=0.1)
    predictions = read_predictions(Job(LIFE, "censored", "scalars", "random").file(runner.folder))
    assert set(predictions["y_pred"]) == {5000.0}


def test_duplicated_volumes_are_never_on_both_sides(world, runner, models):
    world.volumes.loc[1, "canonical_digest"] = "v000"
    rows = build_rows(world.observations, world.volumes)
    runner.run(
        world,
        models["mean"],
        groups=find_groups(rows, world.volumes),
        regimes=("new-structure", "new-both"),
        targets=(LIFE,),
    )
    for regime in ("new-structure", "new-both"):
        found = read_predictions(Job(LIFE, "mean", "none", regime).file(runner.folder))
        fold = dict(zip(found["row"].tolist(), found["fold"].tolist(), strict=True))
        step = 1 if regime == "new-structure" else 3
        assert all(fold[row] // step == fold[row + 24] // step for row in range(24))


def test_a_model_that_stops_early_counts_as_many_rows_as_one_that_does_not(world, runner, models):
    """Under new-both the rows that share a volume or a design with its validation block are its too in the end."""
    record = runner.run(
        world, models["mean"], models["linear"], regimes=("random", "new-both"), targets=(LIFE,), equal_size=True
    )
    sizes = {}
    for job in record.jobs:
        sizes.setdefault((job.job.regime, job.job.variant), set()).add(job.n_rows_fit / job.n_fits)
    assert len(sizes) == 3
    assert all(len(found) == 1 for found in sizes.values()), sizes
    (cut,), (both,) = sizes["random", "equal-size"], sizes["new-both", "as-is"]
    assert cut == pytest.approx(both, abs=0.51 + 0.05 * both), "one is a mean over folds of unlike size"


def test_equal_size_trains_random_on_as_many_rows_as_new_both(world, runner, models, fits):
    runner.run(world, models["mean"], regimes=("random", "new-both"), targets=(LIFE,), equal_size=True)
    sizes = {len(call["y"]) for call in fits.calls}
    assert sizes == {128, 230, 231}
    cut = read_predictions(Job(LIFE, "mean", "none", "random", "equal-size").file(runner.folder))
    whole = read_predictions(Job(LIFE, "mean", "none", "random").file(runner.folder))
    assert np.array_equal(cut["row"], whole["row"])
    assert not np.array_equal(cut["y_pred"], whole["y_pred"])


def test_tables_that_contradict_each_other_are_refused(world):
    rows = build_rows(world.observations, world.volumes)
    with pytest.raises(RunError, match=r"features.parquet lacks 1 volumes .* v000"):
        data_of(rows, world.features[1:], find_groups(rows))
    with pytest.raises(RunError, match=r"groups.parquet lacks the digest v000"):
        data_of(rows, world.features, find_groups(rows[rows["volume_digest"] != "v000"]))


def test_an_unreadable_prediction_file_is_named(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match=r"broken.parquet: expected columns row, fold"):
        read_predictions(tmp_path / "broken.parquet")


def test_two_processes_write_what_one_does(make, tmp_path):
    world = make(8, 12)
    rows = build_rows(world.observations, world.volumes)
    settings = ComparisonSettings(
        models=("mean", "ridge"),
        targets=(LIFE,),
        regimes=("new-both",),
        repeats=1,
        feature_sets=("none", "scalars+morphology"),
    )
    frames = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        context = RunContext(folder, settings, tiers={"porosity": "morphology"}, workers=workers)
        record = run_comparison(context, rows, world.features)
        assert {item.status for item in record.jobs} == {"done"}
        frames.append(pd.read_parquet(folder / "predictions"))
    pd.testing.assert_frame_equal(*frames)
    assert len(load_data(tmp_path / "1").cells) == 96


def test_few_rows_are_fitted_with_one_thread():
    assert [threads_worth(rows, 8) for rows in (1, 9_999, 10_000, 1_000_000)] == [1, 1, 2, 8]
