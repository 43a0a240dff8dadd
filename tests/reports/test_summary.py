"""Claims of the report follow from the tables: verdicts, gaps, additions, labels, bins."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from poregrove.reports.format import THIN
from poregrove.reports.render import render_html, render_json
from poregrove.reports.summary import summarise
from poregrove.reports.summary.labels import target_labels
from poregrove.reports.summary.parity import N_ACROSS, bands, hexagons
from poregrove.reports.summary.targets import histogram
from poregrove.reports.tables import read_run

TARGET, REGIME = "nominal_capacity", "new-both"


@pytest.fixture(scope="module")
def run(make_run):
    return read_run(
        make_run(volumes=12, designs=6, targets=(TARGET, "porosity"), models=("mean", "ridge", "xgboost", "lightgbm"))
    )


def with_scores(run, **intervals):
    """The run with skill ``model=(value, lo, hi)`` for every feature set of these models under the headline regime."""
    scores = run.scores.copy()
    for model, interval in intervals.items():
        chosen = (
            (scores["target"] == TARGET)
            & (scores["regime"] == REGIME)
            & (scores["model"] == model)
            & (scores["metric"] == "skill")
        )
        scores.loc[chosen, ["value", "lo", "hi"]] = interval
    return dataclasses.replace(run, scores=scores)


def with_differences(run, verdict, lo, hi):
    table = run.table("differences").copy()
    table[["difference", "lo", "hi", "verdict"]] = [(lo + hi) / 2, lo, hi, verdict]
    return dataclasses.replace(run, tables={**run.tables, "differences": table})


def verdict_of(run, name=TARGET):
    return next(item for item in summarise(run).verdict.targets if item.target.name == name)


def test_a_skill_whose_interval_holds_zero_names_no_winner(run):
    found = verdict_of(with_scores(run, xgboost=(0.3, -0.1, 0.5), lightgbm=(0.1, 0.05, 0.2), ridge=(0.1, 0.05, 0.2)))
    assert (found.outcome, found.best.model.name, found.beats) == ("undetermined", "xgboost", False)


def test_a_skill_without_an_interval_is_undetermined(run):
    found = verdict_of(with_scores(run, xgboost=(0.9, np.nan, np.nan)))
    assert (found.outcome, found.reason) == ("undetermined", "the run has no interval for this skill")


def test_a_skill_below_zero_gives_the_target_to_the_baseline(run):
    bad = (-0.3, -0.5, -0.1)
    assert verdict_of(with_scores(run, xgboost=bad, lightgbm=bad, ridge=bad)).outcome == "baseline"


def test_a_winner_is_told_apart_from_every_other_model(run):
    clear = with_differences(with_scores(run, xgboost=(0.9, 0.8, 0.95)), "a", 0.1, 0.3)
    found = verdict_of(clear)
    assert (found.outcome, found.ties, found.best.model.name) == ("winner", (), "xgboost")


def test_holm_overrules_an_interval_without_zero(run):
    found = verdict_of(with_differences(with_scores(run, xgboost=(0.9, 0.8, 0.95)), "undetermined", 0.1, 0.3))
    assert (found.outcome, found.ties) == ("tie", ("LightGBM", "Ridge"))


def test_an_interval_with_zero_overrules_a_named_winner(run):
    assert verdict_of(with_differences(with_scores(run, xgboost=(0.9, 0.8, 0.95)), "a", -0.1, 0.3)).outcome == "tie"


def test_without_a_table_of_differences_no_winner_is_named(run):
    tables = {name: table for name, table in run.tables.items() if name != "differences"}
    found = verdict_of(dataclasses.replace(with_scores(run, xgboost=(0.9, 0.8, 0.95)), tables=tables))
    assert (found.outcome, found.beats) == ("untested", True)


def test_the_best_candidate_is_that_of_the_highest_skill_and_no_baseline(run):
    scores = run.scores[
        (run.scores["target"] == TARGET) & (run.scores["regime"] == REGIME) & (run.scores["metric"] == "skill")
    ]
    best = scores[scores["model"] != "mean"].sort_values("value").iloc[-1]
    found = verdict_of(run)
    assert (found.best.model.name, found.best.features, found.skill.value) == (
        best["model"],
        best["features"],
        best["value"],
    )


def test_the_headline_is_the_hardest_regime_scored(run):
    assert verdict_of(run).regime.label == "R4"
    assert verdict_of(run, "porosity").regime.label == "R2"
    easy = dataclasses.replace(run, scores=run.scores[run.scores["regime"] == "random"])
    assert verdict_of(easy).regime.optimistic
    assert any("optimistic" in caution for caution in summarise(easy).answers.cautions)


@pytest.mark.parametrize("twice", [True, False], ids=["scored twice", "scored once"])
def test_a_volume_only_target_shows_its_board_of_new_structures_under_new_both_only(run, twice):
    scores = run.scores[twice | (run.scores["target"] != "porosity") | (run.scores["regime"] != "new-both")]
    found = summarise(dataclasses.replace(run, scores=scores)).leaderboard.boards
    boards = {(board.target.name, board.regime.label): board for board in found}
    shown = {key: [(row.model.name, row.features, row.skill) for row in board.rows] for key, board in boards.items()}
    assert shown["porosity", "R4"] == shown["porosity", "R2"] != []
    assert "same as R2" in boards["porosity", "R4"].note
    assert "Not applicable" in boards["porosity", "R1"].reason
    assert boards["porosity", "R2"].n_volumes == 12


def test_a_target_is_derivable_only_where_the_run_has_that_tier(run):
    assert verdict_of(run, "porosity").target.derivable == "morphology"
    manifest = {
        **run.manifest,
        "descriptors": [item for item in run.manifest["descriptors"] if item["tier"] == "transport"],
    }
    assert verdict_of(dataclasses.replace(run, manifest=manifest), "porosity").target.derivable is None


def test_the_first_additions_are_those_of_the_largest_set_of_descriptors(run):
    (found,) = summarise(run).image_adds.targets
    assert {item.features_with for item in found.first} == {"scalars+morphology+transport"}
    assert {item.model.name for item in found.first} == {"ridge", "xgboost", "lightgbm"}
    assert len(found.first) + len(found.others) == len(found.all) == 3 * 2 * 4


def test_long_tables_are_left_to_the_run_and_the_page_says_so(run, read_page):
    grown = {name: pd.concat([run.table(name)] * 20) for name in ("gaps", "image_adds")}
    summary = summarise(dataclasses.replace(run, tables={**run.tables, **grown}))
    assert not summary.gaps.complete
    assert not summary.image_adds.complete
    text = read_page(render_html(summary)).text
    assert f"all {summary.image_adds.n_others} further rows stand in image_adds.parquet" in text.replace(THIN, "")
    assert f"All {len(grown['gaps'])} gaps, of every model and feature set, stand in gaps.parquet" in text.replace(
        THIN, ""
    )


@pytest.mark.parametrize(
    ("statuses", "label"),
    [
        ({"rest_to_discharge": 5}, "Initial DC resistance"),
        ({"discharge_to_rest": 5}, "DC resistance at discharge → rest"),
        ({"rest_to_charge": 5, "rest_to_discharge": 0}, "DC resistance at rest → charge"),
        ({"rest_to_discharge": 5, "discharge_to_rest": 1}, "DC resistance, mixed jumps"),
        ({}, "DC resistance, jump not recorded"),
    ],
)
def test_only_a_jump_from_rest_to_discharge_is_called_initial(statuses, label):
    assert target_labels("initial_dcir", statuses)[0] == label


def test_hexagons_hold_each_point_in_the_nearest_centre():
    random = np.random.default_rng(3)
    x, y = random.random((2, 400))
    column, row = np.meshgrid(np.arange(-1, N_ACROSS + 2), np.arange(-1, 2 * N_ACROSS), indexing="ij")
    centres = np.stack([(column + (row % 2) / 2) / N_ACROSS, row * np.sqrt(3) / 2 / N_ACROSS], axis=-1).reshape(-1, 2)
    nearest = np.argmin(((np.stack([x, y], axis=1)[:, None] - centres) ** 2).sum(-1), axis=1)
    keys = np.stack([column, row], axis=-1).reshape(-1, 2)[nearest]
    expected = pd.Series(map(tuple, keys)).value_counts().to_dict()
    assert {(item.column, item.row): item.n for item in hexagons(x, y)} == expected


def test_bands_are_quantiles_of_neighbouring_predictions():
    predicted = np.arange(120.0)
    found = bands(predicted, 2 * predicted)
    assert [band.n for band in found] == [12] * 10
    assert found[0].predicted == 5.5
    assert (found[0].lo, found[0].median, found[0].hi) == pytest.approx((1.1, 11.0, 20.9))


def test_histograms_count_every_value_and_survive_constants():
    values = np.random.default_rng(0).lognormal(size=200)
    assert sum(histogram(values, log=True).counts) == 200
    assert histogram(np.full(7, 3.7), log=False).counts == (7,)
    assert histogram(np.empty(0), log=True) is None
    ratio = np.diff(np.log(histogram(values, log=True).edges))
    assert ratio == pytest.approx(np.full(len(ratio), ratio[0]))


def test_the_summary_is_json_without_nan(run):
    told = json.loads(render_json(summarise(run)), parse_constant=pytest.fail)
    assert {"definitions", "answers", "verdict", "audit", "leaderboard", "cost"} <= set(told)
    first = told["verdict"]["targets"][0]
    assert first["target"] in {item["name"] for item in told["definitions"]["targets"]}


def test_rules_of_a_large_set_stand_in_the_data_section(run, read_page):
    assert summarise(run).dataset.rules == ()
    rules = [
        {"setting": "comparison.repeats", "what": "folds are dealt once", "reason": "groups decide"},
        {"setting": "comparison.refit", "what": "nothing is fitted again", "reason": "it costs half the time"},
    ]
    large = dataclasses.replace(run, manifest={**run.manifest, "size_rules": rules})
    found = summarise(large).dataset
    assert found.rules_sentence == "The set is large, so folds are dealt once and nothing is fitted again."
    text = read_page(render_html(summarise(large))).text
    assert found.rules_sentence in text
    assert "comparison.refit" in text


def test_what_a_budget_left_out_stands_in_the_data_section(run, read_page):
    left_out = "8 h: without the studies and intervals"
    planned = dataclasses.replace(run, manifest={**run.manifest, "plan": {"sentence": left_out}})
    assert left_out in read_page(render_html(summarise(planned))).text
    whole = dataclasses.replace(run, manifest={**run.manifest, "plan": None})
    assert "left out to fit" not in read_page(render_html(summarise(whole))).text


def test_screened_candidates_are_listed_apart_and_marked(run, read_page):
    row = {"target": TARGET, "model": "ridge", "features": "scalars", "regime": REGIME, "reason": "R2 .1"}
    numbers = {"r2": 0.123, "rmse": 0.456, "ratio": 3.2, "n_rows": 777, "n_folds": 9, "n_dropped": 9}
    rows = [row | numbers | {"decision": "screened"}, row | numbers | {"decision": "kept", "model": "xgboost"}]
    job = {name: row[name] for name in ("target", "model", "features", "regime", "reason")} | {"status": "screened"}
    manifest = {**run.manifest, "jobs": [*run.manifest["jobs"], job]}
    large = dataclasses.replace(run, manifest=manifest, tables={**run.tables, "screening": pd.DataFrame(rows)})
    summary = summarise(large)
    board = next(
        item for item in summary.leaderboard.boards if (item.target.name, item.regime.name) == (TARGET, REGIME)
    )
    assert [(item.model.name, item.r2, item.n_rows) for item in board.screened] == [("ridge", 0.123, 777)]
    assert len(board.rows) == len(
        next(
            item
            for item in summarise(run).leaderboard.boards
            if item.target.name == TARGET and item.regime.name == REGIME
        ).rows
    )
    assert not any("screened" in line for line in board.without)
    assert summary.cost.unfinished == summarise(run).cost.unfinished
    text = read_page(render_html(summary)).text
    assert "1 candidate screened out on thin rows" in text


def test_costs_add_up_to_the_jobs(run):
    jobs, cost = run.manifest["jobs"], summarise(run).cost
    seconds = [job[key] for job in jobs for key in ("seconds_fit", "seconds_predict") if job[key] is not None]
    assert sum(item.seconds for item in cost.models) == pytest.approx(sum(seconds))
    assert cost.unfinished == (("time limit reached", 1),)
    assert cost.n_fits == sum(job["n_fits"] for job in jobs)
    assert cost.wall == 271.0
