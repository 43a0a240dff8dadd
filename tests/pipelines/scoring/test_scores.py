"""Scores against twenty lines of pandas, and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import RunError
from poregrove.pipelines.runs.folder import RunFolder
from poregrove.pipelines.scoring import score
from poregrove.pipelines.scoring.concordance import pair_counts
from poregrove.pipelines.training.job import Job
from poregrove.schema import SCORES, TARGET_BY_NAME

LIFE = "projected_cycle_life"


@pytest.fixture(scope="module")
def scored(make, runner_in, models, tmp_path_factory):
    world, runner = make(), runner_in(tmp_path_factory.mktemp("run"))
    world.observations["cycle_life_status"] = np.where(world.observations["row"] % 2, "measured", "projected")
    world.observations["last_cycle"] = world.observations[LIFE] - 20
    chosen = [models[name] for name in ("mean", "design-mean", "volume-mean", "linear")]
    runner.run(world, *chosen, repeats=2, equal_size=True)
    runner.score(*chosen, repeats=2)
    return runner


def test_the_scores_are_what_predictions_and_rows_say(scored):
    predictions, rows = pd.read_parquet(scored.folder / "predictions"), scored.table("rows")
    scores = scored.table("scores").set_index(["target", "model", "features", "regime", "metric", "scale"])["value"]
    trivial = ["mean", "design-mean", "volume-mean"]
    checked = 0
    for (target, regime), part in predictions.groupby(["target", "regime"], observed=True):
        joined = part.merge(rows[["row", target]], on="row")
        for scale in TARGET_BY_NAME[target].scales:
            change = np.log if scale == "log" else np.asarray
            y, p = change(joined[target]), change(joined["y_pred"].astype(float))
            losses = joined.assign(se=(y - p) ** 2, ae=abs(y - p), dev=(y - y.mean()) ** 2)
            models = losses.groupby(["model", "features"], observed=True)
            baseline = models["se"].sum().loc[trivial if regime == "random" else slice(None)]
            baseline = baseline[baseline.index.get_level_values("model").isin(trivial)].min()
            for (model, features), own in models:
                sse = own["se"].sum()
                expected = {
                    "r2": 1 - sse / own["dev"].sum(),
                    "skill": 1 - sse / baseline,
                    "mae": own["ae"].mean(),
                    "rmse": own["se"].mean() ** 0.5,
                }
                for metric, value in expected.items():
                    found = scores[target, model, features, regime, metric, scale]
                    assert found == pytest.approx(value, rel=1e-5, abs=1e-9)
                    checked += 1
    assert checked == 4 * len(scores[scores.index.get_level_values("metric") == "r2"])


def test_the_table_has_its_columns_and_sensible_bounds(scored):
    scores = scored.table("scores")
    assert list(scores.columns) == list(SCORES.names)
    assert ((scores["lo"] <= scores["value"]) & (scores["value"] <= scores["hi"])).all()
    assert (scores.loc[scores["metric"].isin(["r2", "skill"]), "hi"] <= 1).all()
    life = scores[(scores["target"] == LIFE) & (scores["metric"] == "r2")]
    assert set(life["n_rows"]) == {288}
    assert set(life["n_volumes"]) == {12}
    assert set(life["n_designs"]) == {24}
    tau = scores[(scores["target"] == "tau_factor") & (scores["metric"] == "r2")]
    assert set(tau["n_rows"]) == {12}
    assert set(tau["n_designs"]) == {0}
    assert set(tau["regime"]) == {"new-structure", "new-both"}
    assert set(tau["scale"]) == {"log", "raw"}
    one, other = (tau[tau["regime"] == name]["value"].to_numpy() for name in ("new-structure", "new-both"))
    np.testing.assert_array_equal(one, other)


def test_errors_on_measured_lives_are_those_of_their_rows(scored):
    scores = scored.table("scores").set_index(["target", "model", "features", "regime", "metric", "scale"])["value"]
    key = (LIFE, "linear", "scalars+morphology", "new-both")
    rows = scored.table("rows").query("cycle_life_status == 'measured'")
    part = pd.read_parquet(Job(*key).file(scored.folder)).merge(rows[["row", LIFE]], on="row")
    assert len(part) == 2 * 144
    error = part["y_pred"].astype(float) - part[LIFE]
    assert scores[(*key, "mae_measured", "raw")] == pytest.approx(error.abs().mean(), rel=1e-6)
    assert scores[(*key, "rmse_measured", "raw")] == pytest.approx((error**2).mean() ** 0.5, rel=1e-6)
    found = scores.reset_index().query("metric == 'mae_measured'")
    assert set(found["target"]) == {LIFE}
    assert set(found["scale"]) == {"raw", "log"}


def test_coverage_and_width_are_those_of_the_stated_bounds(scored):
    scores = scored.table("scores").set_index(["target", "model", "features", "regime", "metric", "scale"])["value"]
    key = (LIFE, "linear", "scalars+morphology", "new-structure")
    part = pd.read_parquet(Job(*key).file(scored.folder)).merge(scored.table("rows")[["row", LIFE]], on="row")
    inside = (part["y_lo"] <= part[LIFE]) & (part[LIFE] <= part["y_hi"])
    assert scores[(*key, "coverage90", "raw")] == pytest.approx(inside.mean())
    assert scores[(*key, "width90", "raw")] == pytest.approx(2.0, rel=1e-4)


def test_concordance_counts_every_comparable_pair(scored):
    rng = np.random.default_rng(0)
    time, measured, predicted = rng.integers(1, 30, 60).astype(float), rng.random(60) < 0.5, rng.integers(0, 9, 60)
    right = total = 0.0
    for i in range(60):
        for j in range(60):
            if measured[i] and (time[j] > time[i] or (time[j] == time[i] and not measured[j])):
                total += 1
                right += 1.0 if predicted[j] > predicted[i] else 0.5 if predicted[j] == predicted[i] else 0.0
    concordant, comparable = pair_counts(time, measured, predicted.astype(float))
    assert comparable.sum() == 2 * total
    assert concordant.sum() == 2 * right
    scores = scored.table("scores")
    found = scores[scores["metric"] == "concordance"]
    assert set(found["target"]) == {LIFE}
    best = found[(found["features"] == "scalars+morphology") & (found["regime"] == "random")].iloc[0]
    assert best["value"] > 0.95
    assert 0 <= best["lo"] <= best["value"] <= best["hi"] <= 1
    assert found[(found["model"] == "mean")]["value"].between(0.2, 0.6).all()


def test_skill_by_hand(make, runner, models):
    """Two designs, three volumes: the design mean errs by the volume effects alone."""
    world = make(3, 2, life=lambda volume, design: 1000.0 + 100 * design + np.array([-3.0, 0.0, 3.0])[volume])
    runner.run(world, models["mean"], models["design-mean"], regimes=("new-structure",), targets=(LIFE,))
    runner.score(models["mean"], models["design-mean"])
    scores = runner.table("scores").set_index(["model", "metric", "scale"])["value"]
    # Left out one by one: errors 4.5, 0, 4.5 in both designs; the mean adds 50 either way.
    design_sse, mean_sse = 2 * 2 * 4.5**2, 6 * 50**2 + 4 * 4.5**2
    sst = 6 * 50**2 + 4 * 9
    assert scores["design-mean", "r2", "raw"] == pytest.approx(1 - design_sse / sst)
    assert scores["mean", "r2", "raw"] == pytest.approx(1 - mean_sse / sst)
    assert scores["design-mean", "skill", "raw"] == 0
    assert scores["mean", "skill", "raw"] == pytest.approx(1 - mean_sse / design_sse)


def test_without_a_baseline_there_is_no_skill(world, runner, models):
    runner.run(world, models["linear"], regimes=("random",), targets=(LIFE,))
    runner.score(models["linear"])
    scores = runner.table("scores")
    assert scores.loc[scores["metric"] == "skill", "value"].isna().all()
    assert scores.loc[scores["metric"] == "r2", "value"].notna().all()


def test_predictions_of_rows_that_are_not_there_are_refused(world, runner, models):
    runner.run(world, models["mean"], regimes=("random",), targets=(LIFE,))
    rows = runner.table("rows")
    rows.loc[3, LIFE] = np.nan
    rows.to_parquet(runner.folder / "rows.parquet")
    with pytest.raises(RunError, match="predicts rows that have no value of projected_cycle_life"):
        runner.score(models["mean"])


def test_a_constant_target_has_no_r2(make, runner, models):
    world = make(4, 6, life=lambda volume, design: 0.1 + 0.0 * (volume + design))
    runner.run(world, models["mean"], regimes=("random",), targets=("nominal_capacity",))
    runner.score(models["mean"])
    scores = runner.table("scores").set_index("metric")
    assert np.isnan(scores.loc["r2", "value"])
    assert scores.loc["mae", "value"] < 1e-6


def test_targets_scored_side_by_side_give_the_same_tables(scored, monkeypatch):
    names = ("scores", "gaps", "image_adds", "overall", "differences", "letters", "shares", "intervals")
    before = {name: scored.table(name) for name in names}
    monkeypatch.setattr(score, "_WORTH_STARTING", 0)
    RunFolder(scored.folder).score_record.unlink()
    score.score_run(scored.folder, scored.settings(repeats=2), workers=2)
    for name, table in before.items():
        pd.testing.assert_frame_equal(scored.table(name), table, check_exact=True)


def test_tables_of_the_same_inputs_stay_and_others_are_made_anew(world, runner, models):
    chosen = [models["mean"], models["linear"]]
    runner.run(world, *chosen, targets=("nominal_capacity",), regimes=("new-structure",))
    runner.score(*chosen)
    path = runner.folder / "scores.parquet"
    made = path.stat().st_mtime_ns
    runner.score(*chosen)
    assert path.stat().st_mtime_ns == made
    before = runner.table("scores")
    runner.score(*chosen, bootstrap=201)
    assert not runner.table("scores")["lo"].equals(before["lo"])
    before[:1].to_parquet(path)  # not what was written
    runner.score(*chosen, bootstrap=201)
    assert len(runner.table("scores")) == len(before)
    record = RunFolder(runner.folder).score_record
    record.write_text(record.read_text()[:50])
    made = path.stat().st_mtime_ns
    runner.score(*chosen, bootstrap=201)
    assert path.stat().st_mtime_ns > made
    for job in (runner.folder / "predictions").rglob("model=linear/**/*.parquet"):
        job.unlink()
    runner.score(*chosen, bootstrap=201)
    assert set(runner.table("scores")["model"]) == {"mean"}


def test_a_network_of_fewer_deals_is_scored_on_these_and_no_candidate(world, runner, models):
    network = type("Network", (models["linear"],), {"info": replace(models["linear"].info, name="net", kind="network")})
    chosen = [models["mean"], models["linear"], network]
    deals = {"repeats": {"new-both": 3}, "network_repeats": 1, "feature_sets": ("none", "scalars")}
    runner.run(world, *chosen, regimes=("new-both",), targets=(LIFE,), **deals)
    runner.score(*chosen, **deals)
    own, other = (
        pd.read_parquet(Job(LIFE, name, "scalars", "new-both").file(runner.folder)) for name in ("net", "linear")
    )
    assert (set(own["repeat"]), set(other["repeat"])) == ({0}, {0, 1, 2})
    first = other[other["repeat"] == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, first)
    differences = runner.table("differences").set_index(["model_a", "model_b"])
    assert differences.loc[("net", "linear"), "difference"] == 0  # the same model on the deal that both have
    assert set(runner.table("choices")["model"]) == {"linear"}
    assert set(runner.table("choices")["n_candidates"]) == {1}
    r2 = runner.table("scores").query("metric == 'r2' and scale == 'raw'").set_index("model")["value"]
    assert r2["net"] != r2["linear"]
