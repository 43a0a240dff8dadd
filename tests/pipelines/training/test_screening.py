"""Screening: who leaves and who stays, that no test row has a say, and that nothing is fitted twice."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from synthetic_world import TIERS, TestModels, _Base

from poregrove.models.base import ModelInfo
from poregrove.pipelines.tables.feature_sets import sources
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.tables.run_tables import load_data
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import Job
from poregrove.pipelines.training.screening import Rounds, held_parts, screenable
from poregrove.pipelines.training.screening_rule import best_overall, dropped, protected, standard_error
from poregrove.pipelines.training.thin_fits import first_deal, thin_parts
from poregrove.schema import FEATURE_SETS, REGIME_BY_NAME, SCREENING

LIFE = "projected_cycle_life"
RICH, CONTROL, MORPHOLOGY = "scalars+morphology+transport+physics", "scalars+physics", "scalars+morphology"
SETS = ("none", "scalars", CONTROL, MORPHOLOGY, RICH)
LARGE = {"large_set": "on", "repeats": None, "targets": (LIFE, "nominal_capacity"), "feature_sets": SETS}


class Constant(_Base):
    """A model that learns nothing but the mean, on any columns."""

    info: ClassVar[ModelInfo] = ModelInfo("constant", "c", "other", "c", tuple(item.name for item in FEATURE_SETS))

    def learn(self, _train, y):
        return lambda rows: np.full(len(rows), y.mean())


@pytest.fixture
def crossing(make):
    return make(45, 120, rows_per_volume=40)


@pytest.fixture
def chosen(models):
    return models["mean"], models["design-mean"], models["linear"], models["nearest"], Constant


def test_the_hopeless_leave_and_are_listed_and_what_a_verdict_rests_on_stays(crossing, runner, chosen):
    record = runner.run(crossing, *chosen, regimes=("new-both",), **LARGE)
    table = runner.table("screening")
    assert list(table.columns) == list(SCREENING.names)
    of = {(row.target, row.model, row.features): row for row in table.itertuples()}
    gone = {key for key, row in of.items() if row.decision == "screened"}
    assert {key[1] for key in of} == {"linear", "nearest", "constant"}, "baselines are not screened"
    assert (LIFE, "constant", RICH) in gone
    assert of[LIFE, "linear", MORPHOLOGY].decision == "kept"
    assert of[LIFE, "linear", MORPHOLOGY].ratio == pytest.approx(1.0, abs=0.2)
    assert of[LIFE, "linear", "scalars"].decision == "protected", "the counterpart of the best, without the image"
    assert of[LIFE, "linear", "scalars"].n_dropped == 9
    assert (LIFE, "nearest", "scalars") in gone, "its counterpart with the image is not within noise"
    best = min((row for row in of.values() if (row.target, row.model) == (LIFE, "nearest")), key=lambda row: row.ratio)
    assert best.decision != "screened", "the best booster"
    assert {of[LIFE, model, name].decision for model in ("nearest",) for name in (RICH, CONTROL)} == {"protected"}
    for key in gone:
        assert of[key].n_dropped == of[key].n_folds == 9
        assert of[key].reason.startswith("R2 ")

    statuses = {(item.job.target, item.job.model, item.job.features): item.status for item in record.jobs}
    assert {key for key, status in statuses.items() if status == "screened"} == gone
    assert statuses[LIFE, "mean", "none"] == "done"
    files = {path.parent for path in runner.folder.glob("predictions/**/*.parquet")}
    assert not any(Job(*key, "new-both").file(runner.folder).exists() for key in gone)
    assert len(files) == sum(status == "done" for status in statuses.values())
    assert [rule.setting for rule in record.rules.applied][:2] == ["comparison.repeats", "comparison.screening"]

    runner.score(*chosen, regimes=("new-both",), **LARGE)
    differences = runner.table("differences")
    sides = {*zip(differences["target"], differences["model_a"], differences["features_a"], strict=True)}
    assert sides
    assert not sides & gone
    added = runner.table("image_adds")
    assert {RICH, MORPHOLOGY} <= set(added["features_with"])


def test_a_resumed_run_does_not_screen_again(crossing, runner, chosen, fits):
    how = {**LARGE, "targets": (LIFE,), "regimes": ("new-structure",)}
    first = runner.run(crossing, *chosen, **how)
    made = len(fits.calls)
    table = runner.table("screening")
    (runner.folder / "screening.parquet").unlink()
    again = runner.run(crossing, *chosen, **how)
    assert len(fits.calls) == made
    assert [item.status for item in again.jobs] == [item.status for item in first.jobs]
    pd.testing.assert_frame_equal(runner.table("screening"), table)

    lost = runner.folder / "screening" / "round-04.json"
    lost.unlink()
    runner.run(crossing, *chosen, **how)
    assert made < len(fits.calls) < made + made / 5
    pd.testing.assert_frame_equal(runner.table("screening"), table)


def test_small_sets_and_a_setting_that_says_so_screen_nothing(crossing, runner, chosen):
    for how in ({}, {**LARGE, "screening": False}):
        record = runner.run(crossing, *chosen, **{"targets": (LIFE,), "regimes": ("new-structure",), **how})
        assert not (runner.folder / "screening.parquet").exists()
        assert not any(item.status == "screened" for item in record.jobs)


@pytest.mark.parametrize("regime", ["random", "new-structure", "new-design", "new-both"])
def test_test_rows_have_no_say(crossing, runner, chosen, regime):
    settings = runner.settings(**{**LARGE, "targets": (LIFE,), "regimes": (regime,)})
    runner.run(crossing, chosen[0], **{**LARGE, "targets": (LIFE,), "regimes": (regime,)})  # writes the tables
    catalog = TestModels(chosen)
    context = RunContext(runner.folder, settings, catalog, tiers=TIERS)
    rounds = Rounds(context, sources(settings, TIERS, metres=False), {info.name: info for info in catalog.available()})
    data = load_data(runner.folder)
    parts = {regime: held_parts(regime, data, settings)}
    fold = [*first_deal(regime, data, settings)][1]
    fit, held = thin_parts(fold, data.cells, regime, settings)
    assert not np.isin(np.concatenate([fit, held]), fold.test).any()
    assert len(fit) > len(held) > 0
    for name, group in (("volume", data.cells.volume_group), ("design", data.cells.design_group)):
        apart = not set(group[fit]) & set(group[held])
        assert apart == (name not in set(REGIME_BY_NAME[regime].seen)), name
    wanted = {(LIFE, regime): [("linear", "scalars"), ("linear", RICH), ("nearest", RICH), ("constant", RICH)]}
    usual = rounds.fold(1, wanted, parts, None)

    rows = build_rows(crossing.observations, crossing.volumes)
    tested = rows["row"].isin(data.cells.row[fold.test]).to_numpy()
    rows.loc[tested, LIFE] = rows.loc[tested, LIFE].to_numpy()[::-1] * 3 + 1e4
    rows.to_parquet(runner.folder / "rows.parquet")
    changed = rounds.fold(1, wanted, parts, None)
    assert changed == usual
    rows[LIFE] = rows[LIFE].to_numpy()[::-1]
    rows.to_parquet(runner.folder / "rows.parquet")
    assert rounds.fold(1, wanted, parts, None) != usual, "the test can fail"


def test_models_that_refuse_the_rows_of_the_whole_are_no_rivals_on_few():
    info = Constant.info
    assert screenable(info, 10**6)
    assert screenable(replace(info, max_rows=10**6), 10**6)
    assert not screenable(replace(info, max_rows=10**6 - 1), 10**6)
    for kind in ("trivial", "network"):
        assert not screenable(replace(info, kind=kind), 100)
    assert not screenable(replace(info, requires_seen_ids=frozenset({"volume"})), 100)
    assert not screenable(replace(info, multi_target=True), 100)
    assert not screenable(None, 100)


def test_noise_is_that_of_volumes_and_designs():
    rng = np.random.default_rng(0)
    volume, design = np.repeat(np.arange(30), 20), np.tile(np.arange(20), 30)
    means, errors = [], []
    for _ in range(400):
        values = rng.normal(0, 1, 30)[volume] + rng.normal(0, 0.5, 20)[design] + rng.normal(0, 1, 600)
        means.append(values.mean())
        errors.append(standard_error(values, volume, design))
    assert np.median(errors) == pytest.approx(np.std(means), rel=0.12)
    assert standard_error(values[design < 4], volume[design < 4], design[design < 4]) == float("inf")

    best = rng.chisquare(1, 600)
    losses = {("a", "x"): best, ("b", "x"): best + 0.5, ("c", "x"): best + rng.normal(0, 1, 30)[volume] * 0.3 + 0.01}
    assert dropped(losses, volume, design) == {("a", "x"): False, ("b", "x"): True, ("c", "x"): False}


def test_pairs_of_the_image_the_best_booster_and_the_best_overall_are_protected():
    thin = {
        ("ridge", RICH): 1.0,
        ("ridge", CONTROL): 4.0,
        ("tree", RICH): 2.0,
        ("tree", CONTROL): 3.0,
        ("tree", "scalars"): 3.5,
        ("ridge", "scalars"): 5.0,
    }
    all_four = {("ridge", RICH), ("ridge", CONTROL), ("tree", RICH), ("tree", CONTROL)}
    assert set(protected(thin, [], frozenset({"tree"}))) == all_four
    assert set(protected(thin, [("ridge", RICH)], frozenset())) == all_four - {("ridge", RICH)}
    kept = [("ridge", RICH), ("tree", MORPHOLOGY)]
    found = protected(thin | {("tree", MORPHOLOGY): 1.1}, kept, frozenset())
    assert ("tree", "scalars") in found
    assert ("ridge", "scalars") not in found
    both = {"life": {("a", "x"): 1.0, ("b", "x"): 2.0}, "fade": {("a", "x"): 9.0, ("b", "x"): 2.0, ("c", "x"): 1.0}}
    assert best_overall(both, {"life": 1.0, "fade": 1.0}) == ("b", "x")
    assert best_overall(both, {"life": 9.0, "fade": 1.0}) == ("a", "x")
    assert best_overall(both, {}) is None
