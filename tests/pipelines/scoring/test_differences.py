"""Paired differences, Holm's correction, gaps, what the image adds and the overall score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.scoring.differences import decide, holm
from poregrove.pipelines.scoring.optimism_gap import strictest
from poregrove.schema import TARGET_BY_NAME

LIFE = "projected_cycle_life"


@pytest.fixture(scope="module")
def scored(make, runner_in, models, tmp_path_factory):
    world, runner = make(), runner_in(tmp_path_factory.mktemp("run"))
    world.observations["initial_dcir"] = 0.02 + world.observations["nominal_capacity"] / 1e3
    world.observations["capacity_retention"] = world.observations["nominal_capacity"] * 10
    chosen = [models[name] for name in ("mean", "design-mean", "volume-mean", "linear", "nearest")]
    runner.run(world, *chosen, equal_size=True)
    runner.score(*chosen)
    return runner


def test_holm_by_hand():
    p = np.array([0.01, 0.04, 0.03, np.nan, 0.5])
    # Sorted .01 .03 .04 .5 times 4 3 2 1 = .04 .09 .08 .5, made monotone.
    np.testing.assert_allclose(holm(p), [0.04, 0.09, 0.09, np.nan, 0.5])
    np.testing.assert_allclose(holm(np.array([0.6, 0.9])), [1.0, 1.0])
    assert np.isnan(holm(np.array([np.nan]))).all()


def test_each_regime_is_corrected_by_itself_and_no_winner_is_named_without_reason():
    row = {"difference": 0.1, "lo": 0.05, "hi": 0.2, "p": 0.02}
    rows = [{**row, "regime": "random"}, {**row, "regime": "new-both"}, {**row, "regime": "new-both", "lo": -0.1}]
    decided = decide(rows)
    assert [item["p_holm"] for item in decided] == pytest.approx([0.02, 0.04, 0.04])
    assert [item["verdict"] for item in decided] == ["a", "a", "undetermined"]
    assert decide([{**row, "difference": -0.1, "lo": -0.2, "hi": -0.05, "regime": "random"}])[0]["verdict"] == "b"
    assert decide([{**row, "p": 0.06, "regime": "random"}])[0]["verdict"] == "undetermined"


def test_differences_are_those_of_the_scores_for_every_pair_once(scored):
    scores, found = scored.table("scores"), scored.table("differences")
    r2 = (
        scores[scores["metric"] == "r2"]
        .set_index(["target", "regime", "scale", "model", "features"])["value"]
        .sort_index()
    )
    for row in found.itertuples():
        own, other = (
            (row.target, row.regime, row.scale, *pair)
            for pair in ((row.model_a, row.features_a), (row.model_b, row.features_b))
        )
        assert row.difference == pytest.approx(r2[own] - r2[other], abs=1e-9)
        assert row.scale == TARGET_BY_NAME[row.target].scale
        assert row.verdict == "undetermined" or not row.lo <= 0 <= row.hi
    models = r2[LIFE, "random", "raw"]
    pairs = found[(found["target"] == LIFE) & (found["regime"] == "random")]
    assert len(pairs) == len(models) * (len(models) - 1) // 2
    assert (found["p_holm"] >= found["p"] - 1e-12).all()
    better = pairs[
        (pairs["features_a"] == "scalars+morphology") & (pairs["model_b"] == "mean") & (pairs["model_a"] == "linear")
    ]
    assert better["verdict"].tolist() == ["a"]


def test_gaps_compare_the_same_rows_and_models(scored):
    scores, gaps = scored.table("scores"), scored.table("gaps")
    assert set(gaps["regime"]) == {"new-both"}
    assert set(gaps["variant"]) == {"as-is", "equal-size"}
    assert "tau_factor" not in set(gaps["target"])
    assert set(gaps["model"]) == {"mean", "linear", "nearest"}
    r2 = scores[scores["metric"] == "r2"].set_index(["target", "model", "features", "scale", "regime"])["value"]
    for row in gaps.itertuples():
        key = (row.target, row.model, row.features, row.scale)
        assert row.r2_new_both == pytest.approx(r2[*key, "new-both"])
        assert row.gap == pytest.approx(row.r2_random - row.r2_new_both)
        if row.variant == "as-is":
            assert row.r2_random == pytest.approx(r2[*key, "random"])
    whole, cut = (
        gaps[
            (gaps["variant"] == name)
            & (gaps["model"] == "nearest")
            & (gaps["scale"] == "raw")
            & (gaps["features"] != "morphology")
        ]
        for name in ("as-is", "equal-size")
    )
    assert (whole["gap"] > 0.2).all()
    assert cut["r2_random"].mean() <= whole["r2_random"].mean()


def test_the_gap_goes_to_the_strictest_regime_there_is():
    assert strictest(["random", "new-structure", "new-design"]) == "new-design"
    assert strictest(["random", "new-structure", "ood-tau"]) == "new-structure"
    assert strictest(["random"]) is None


def test_what_the_image_adds_is_found_where_it_is(scored):
    added, scores = scored.table("image_adds"), scored.table("scores")
    life = added[(added["target"] == LIFE) & (added["model"] == "linear") & (added["scale"] == "raw")]
    value = scores.set_index(["target", "model", "features", "regime", "metric", "scale"])["value"]
    for row in life.itertuples():
        sides = row.features_with, row.features_without
        key = [(LIFE, "linear", name, row.regime, row.metric, "raw") for name in sides]
        assert row.value == pytest.approx(value[key[0]] - value[key[1]])
    in_new_structures = life[(life["regime"] == "new-structure")]
    assert set(in_new_structures["verdict"]) == {"adds"}
    assert "tau_factor" not in set(added["target"])
    assert set(added["verdict"]) <= {"adds", "harms", "undetermined"}
    held = (added["lo"] <= 0) & (added["hi"] >= 0)
    assert set(added.loc[held, "verdict"]) == {"undetermined"}
    assert (added.loc[added["verdict"] == "adds", "lo"] > 0).all()
    # a gain that stands by itself counts only where no model without the image errs less
    rest = added[~held & (added["verdict"] == "undetermined")]
    assert (rest["lo"] > 0).all()


def test_overall_is_the_weighted_mean_and_leaves_out_what_its_variant_says(scored):
    overall, scores = scored.table("overall"), scored.table("scores")
    headline = scores[scores["scale"] == scores["target"].map(lambda name: TARGET_BY_NAME[name].scale)]
    value = headline.set_index(["target", "model", "features", "regime", "metric"])["value"]

    def weighted(regime, cells, volumes, features):
        key = [(name, "linear", features, regime, "r2") for name in cells] + [
            (name, "linear", "morphology", regime, "r2") for name in volumes
        ]
        weights = [TARGET_BY_NAME[name[0]].weight for name in key]
        return np.average([value[item] for item in key], weights=weights)

    features = "scalars+morphology+transport"
    found = overall[(overall["model"] == "linear") & (overall["features"] == features) & (overall["metric"] == "r2")]
    found = found.set_index(["regime", "variant"])
    cells = [LIFE, "initial_dcir", "nominal_capacity"]
    volumes = ["tau_factor", "porosity", "d_eff"]
    for variant, both in (("all", [*cells, "capacity_retention"]), ("without-coupled", cells)):
        row = found.loc["new-both", variant]
        assert row["value"] == pytest.approx(weighted("new-both", both, volumes, features))
        assert row["n_targets"] == len(both) + 3
    for variant, both in (("without-derivable", [*cells, "capacity_retention"]), ("without-both", cells)):
        row = found.loc["new-both", variant]
        assert row["value"] == pytest.approx(weighted("new-both", both, [], features))
        assert row["n_targets"] == len(both)
    assert found.loc["random", "all"]["n_targets"] == 4
    assert ((overall["lo"] <= overall["value"]) & (overall["value"] <= overall["hi"])).all()


def test_all_tables_are_written_with_their_columns_even_where_they_are_empty(world, runner, models):
    runner.run(world, models["mean"], regimes=("new-structure",), targets=("porosity",))
    runner.score(models["mean"])
    for name in ("gaps", "image_adds", "shares", "differences"):
        table = pd.read_parquet(runner.folder / f"{name}.parquet")
        assert len(table) == 0
        assert "target" in table.columns
    assert len(runner.table("overall")) == 4
