"""Rules that follow the size of the data: none on small sets, each overruled by its setting."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.pipelines.settings import ComparisonSettings, Settings, apply_assignments, settings_of
from poregrove.pipelines.splits.deals import deals
from poregrove.pipelines.splits.thin import thinned, thinned_to
from poregrove.pipelines.training.job import InstalledModels, sized
from poregrove.pipelines.training.size_rules import (
    ENSEMBLE_ROWS,
    LARGE_ROWS,
    TRAINING_ROWS,
    Counts,
    SizeRules,
    own_bounds,
    size_rules,
    training_rows,
)

SMALL, USERS = Counts(LARGE_ROWS - 1, 2000, 100), Counts(1_500_000, 15_000, 100)


def rules(counts, **settings):
    return size_rules(ComparisonSettings(**settings), counts)


def applied(found):
    return [rule.setting for rule in found.applied]


def test_nothing_changes_on_a_small_set_whatever_its_groups():
    for counts in (SMALL, Counts(1000, 100, 10), Counts(100, 100, 0)):
        assert rules(counts) == SizeRules()
    assert rules(USERS, large_set="off") == SizeRules()


def test_a_large_set_is_dealt_once_and_boosters_that_stopped_are_not_fitted_again():
    found = rules(USERS)
    assert found.large
    assert not found.refit
    assert applied(found) == [
        "comparison.repeats",
        "comparison.screening",
        "comparison.training_rows",
        "comparison.faster_boosting",
        "comparison.refit",
        "comparison.own_bounds",
        "comparison.ensembles_everywhere",
        "study.folds",
    ]
    assert all(rule.what and rule.reason for rule in found.applied)
    assert rules(SMALL, large_set="on").large
    assert set(applied(rules(SMALL, large_set="on"))) == {*applied(found)} - {"comparison.training_rows"}


def test_a_setting_overrules_its_rule_alone():
    assert "comparison.repeats" not in applied(rules(USERS, repeats=3))
    kept = rules(USERS, refit=True)
    assert kept.refit
    assert "comparison.refit" not in applied(kept)
    assert "comparison.repeats" in applied(kept)
    assert not rules(SMALL, refit=False).refit


@pytest.mark.parametrize(("designs", "expected"), [(100, 1), (90, 1), (89, 3), (30, 3), (29, 5)])
def test_few_groups_are_dealt_as_often_as_ever(designs, expected):
    volume, design = np.repeat(np.arange(200), designs), np.tile(np.arange(designs), 200)
    assert deals("new-both", volume, design, large=True) == expected
    assert deals("new-structure", volume, design, large=True) == 1
    assert deals("new-both", volume, design, 4, large=True) == 4


def test_what_the_user_said_of_a_model_goes_over_the_rules():
    large = rules(USERS)
    assert not sized(InstalledModels(), large).create("xgboost-plain").refit
    assert sized(InstalledModels(), SizeRules()).create("xgboost-plain").refit
    own = InstalledModels({"xgboost-plain": {"refit": True}, "lightgbm-plain": {"rounds": 7}})
    assert sized(own, large).create("xgboost-plain").refit
    plain = sized(own, large).create("lightgbm-plain")
    assert (plain.refit, plain.rounds) == (False, 7)
    default = sized(InstalledModels(), large).create("xgboost")
    assert default.refit, "it fits all rows in one fit as it is"
    assert (default.learning_rate, default.patience) == (0.1, 15)
    slow = sized(InstalledModels({"xgboost": {"learning_rate": 0.05}}), large).create("xgboost")
    assert (slow.learning_rate, slow.patience) == (0.05, 15)
    assert sized(InstalledModels(), rules(USERS, faster_boosting=False)).create("xgboost").learning_rate == 0.05


def test_a_fit_takes_as_many_rows_of_each_volume_and_no_equal_size_is_needed_then():
    assert training_rows(ComparisonSettings(), SMALL.rows) is None
    assert training_rows(ComparisonSettings(), USERS.rows) == TRAINING_ROWS
    assert training_rows(ComparisonSettings(), USERS.rows, "ensemble") == ENSEMBLE_ROWS
    assert training_rows(ComparisonSettings(), USERS.rows, "trivial") is None
    assert training_rows(ComparisonSettings(training_rows=5), SMALL.rows) == 5
    assert training_rows(ComparisonSettings(training_rows=5), USERS.rows, "ensemble") == 5
    assert own_bounds(ComparisonSettings(), SMALL.rows)
    assert not own_bounds(ComparisonSettings(), USERS.rows)
    assert own_bounds(ComparisonSettings(own_bounds=True), USERS.rows)
    assert not rules(USERS).equal_size
    assert rules(USERS, training_rows=1_500_000).equal_size
    assert rules(SMALL).equal_size

    rng = np.random.default_rng(0)
    volume = rng.permutation(np.repeat(np.arange(50), 40))
    kept = thinned_to(volume, 500, seed=1)
    assert (np.bincount(volume[kept]) == 10).all()
    assert (np.diff(kept) > 0).all()
    np.testing.assert_array_equal(kept, thinned_to(volume, 500, seed=1))
    assert not np.array_equal(kept, thinned_to(volume, 500, seed=2))
    np.testing.assert_array_equal(thinned_to(volume, 2000, seed=1), np.arange(2000))
    assert (np.bincount(volume[thinned_to(volume, 50, seed=1)]) == 1).all()
    few = volume[thinned_to(volume, 3, seed=1)]
    assert len(few) == len(np.unique(few)) == 3
    ragged = np.array([3, 3, 3, 7, 9, 9])
    assert np.bincount(ragged[thinned(ragged, 2, seed=0)])[[3, 7, 9]].tolist() == [2, 1, 2]


def test_settings_are_read_and_come_back():
    words = ["comparison.large_set=on", "comparison.refit=true", "comparison.training_rows=7"]
    found = apply_assignments(Settings(), words)
    assert (found.comparison.large_set, found.comparison.refit, found.comparison.training_rows) == ("on", True, 7)
    assert settings_of(found.as_dict(), where="a run") == found
