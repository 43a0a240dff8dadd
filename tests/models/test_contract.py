"""Contract of every registered model."""

import re
from dataclasses import fields

import numpy as np
import pytest
from model_fits import fit
from registered_models import MODELS

from poregrove.errors import ModelError, SettingsError
from poregrove.models import registry
from poregrove.models.base import Rows
from poregrove.pipelines.settings import TuningSettings
from poregrove.pipelines.training.tuning import tuned
from poregrove.testing import check_model

INFOS = registry.available()
QUICK = {"rounds": 40, "rounds_unvalidated": 40, "patience": 10, "seconds": 5.0, "restarts": 0}
QUICK |= {"epochs": 3, "width": 2, "members": 2, "downsample": 1}  # of networks
READ_OFF = {"bruggeman", "computed"}
"""Models that predict what they predict, whatever the target."""
TABLES = [info for info in INFOS if info.kind in {"linear", "other", "booster", "ensemble"}]


def each(infos):
    return pytest.mark.parametrize("info", infos, ids=lambda info: info.name)


def quick(info):
    """The model with settings that keep a test short."""
    known = {item.name for item in fields(registry.create(info.name))}
    return registry.create(info.name, **{key: value for key, value in QUICK.items() if key in known})


@each(INFOS)
def test_keeps_the_contract(info):
    """Every model passes ``poregrove.testing.check_model``, as a user's own model should."""
    check_model(quick(info))


def test_a_tuned_model_keeps_the_contract_too():
    pytest.importorskip("optuna")
    check_model(tuned(quick(registry.create("lightgbm").info), TuningSettings(trials=2)))


def test_every_registered_model_is_type_checked_against_the_protocol():
    assert set(MODELS) == set(registry.registered())
    assert len(MODELS) == len(INFOS)


@each(INFOS)
def test_loading_from_nowhere_names_the_folder(info, tmp_path):
    with pytest.raises(ModelError, match=re.escape(str(tmp_path))):
        registry.load(info.name, tmp_path)


def test_names_and_labels_are_unique():
    assert len({info.name for info in INFOS}) == len({info.label for info in INFOS}) == len(INFOS)


@each([info for info in INFOS if info.name not in READ_OFF])
def test_a_constant_target_is_predicted_as_it_is(info, case_for):
    case = case_for(info)
    constant = np.full(len(case.y), 3.25e-4, np.float32)
    prediction = fit(quick(info), case.rows, constant).predict(case.rows)
    np.testing.assert_allclose(prediction.y, 3.25e-4, rtol=1e-5)


@each([info for info in INFOS if info.name != "computed" and info.censoring is None])
def test_weights_tell_how_often_a_row_counts(info, case_for):
    """The same rows twice with the targets 0 and 1: the mean moves to the heavier one, the median is the heavier one."""
    case = case_for(info, gaps=False)
    n = len(case.rows)
    twice = case.rows.append(case.rows)
    y = np.repeat(np.array([0, 1], np.float32), n)
    weight = np.repeat(np.array([3, 1], np.float32), n)
    y_hat = fit(quick(info), twice, y, weight=weight).predict(twice).y
    expected = 0.0 if info.name == "xgboost-quantile" else 0.25
    assert abs(y_hat.mean() - expected) < (0.1 if info.name == "bruggeman" else 0.03)
    with pytest.raises(ModelError, match="weights"):
        fit(quick(info), twice, y, weight=-weight)


@each([info for info in INFOS if info.name in {"mean", "design-mean", "volume-mean", "additive"} or info.kind == "law"])
def test_a_weight_of_two_equals_the_row_twice(info, case_for):
    case = case_for(info)
    heavy = np.random.default_rng(0).random(len(case.y)) < 0.3
    repeated = np.concatenate([np.arange(len(case.y)), np.flatnonzero(heavy)])
    by_weight = fit(quick(info), case.rows, case.y, weight=np.where(heavy, 2, 1).astype(np.float32))
    by_rows = fit(quick(info), case.rows.take(repeated), case.y[repeated])
    np.testing.assert_allclose(by_weight.predict(case.rows).y, by_rows.predict(case.rows).y, rtol=1e-5, atol=1e-6)


@each([info for info in INFOS if info.kind != "network"])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_training_rows_are_enough_to_predict_them(info, case_for, n):
    case = case_for(info, gaps=False)
    few = case.rows.take(slice(n))
    assert np.isfinite(fit(quick(info), few, case.y[:n]).predict(few).y).all()


@each(TABLES)
def test_one_column_is_enough(info, case_for):
    case = case_for(info)
    rows = _with_columns(case.rows, ["porosity"])
    y = rows.column("porosity")
    y_hat = fit(quick(info), rows, y).predict(rows).y
    assert np.corrcoef(y, y_hat)[0, 1] > 0.9


@each(TABLES)
def test_columns_of_gaps_and_of_one_value_do_no_harm(info, case_for):
    case = case_for(info)
    rows = _with_columns(case.rows, ["porosity", "specific_surface", "extra_0"])
    descriptors = rows.descriptors.copy()
    descriptors[:, 1], descriptors[:, 2] = np.nan, 1e-20
    rows = Rows(descriptors, rows.designs, rows.volume, rows.design, rows.columns)
    model = fit(quick(info), rows, case.y)
    descriptors[:, 1:] = 1.0, 5e3  # other values there mean nothing to the model
    assert np.isfinite(model.predict(rows).y).all()


@each(TABLES)
def test_no_columns_are_refused_in_words(info, case_for):
    case = case_for(info)
    with pytest.raises(ModelError, match="at least one column"):
        fit(quick(info), _with_columns(case.rows, []), case.y)


@each(TABLES)
def test_other_columns_than_in_training_are_refused(info, case_for):
    case = case_for(info)
    model = fit(quick(info), _with_columns(case.rows, ["porosity", "extra_0"]), case.y)
    with pytest.raises(ModelError, match="missing extra_0; not known extra_1"):
        model.predict(_with_columns(case.rows, ["porosity", "extra_1"]))
    with pytest.raises(ModelError, match="the order differs"):
        model.predict(_with_columns(case.rows, ["extra_0", "porosity"]))


@each(TABLES)
def test_infinite_values_are_refused(info, case_for):
    case = case_for(info)
    descriptors = case.rows.descriptors.copy()
    descriptors[3, 0] = np.inf
    rows = Rows(descriptors, case.rows.designs, case.rows.volume, case.rows.design, case.rows.columns)
    if info.name in {"lightgbm", "lightgbm-plain"}:
        assert np.isfinite(fit(quick(info), rows, case.y).predict(rows).y).all(), "LightGBM orders infinity"
        return
    with pytest.raises(ModelError, match="inf"):
        fit(quick(info), rows, case.y)


@each([info for info in TABLES if info.kind == "booster" and info.censoring is None])
def test_a_target_far_from_one_is_learned_as_well(info, case_for):
    """Powers of two scale exactly, so every bit agrees; without scaling no split would gain enough."""
    case = case_for(info)
    train, y, valid, y_valid = case.parts()
    plain = fit(quick(info), train, y, valid, y_valid).predict(case.rows).y
    for factor in (np.float32(2.0**-24), np.float32(2.0**20)):
        scaled = fit(quick(info), train, y * factor, valid, y_valid * factor).predict(case.rows).y
        assert np.array_equal(scaled, plain * factor)


@each(TABLES)
def test_columns_far_from_one_are_learned_as_well(info, case_for):
    """Design scalars are of the order of 1e-21."""
    case = case_for(info, gaps=False)
    rows = _with_columns(case.rows, ["porosity", "extra_0"])
    small = Rows(rows.descriptors * np.float32(2.0**-70), rows.designs, rows.volume, rows.design, rows.columns)
    y = np.sqrt(rows.column("porosity"))
    first = fit(quick(info), rows, y).predict(rows).y
    assert 1 - np.var(y - first) / np.var(y) > 0.8
    np.testing.assert_allclose(fit(quick(info), small, y).predict(small).y, first, rtol=1e-4, atol=1e-4)


@each([info for info in INFOS if info.early_stopping_rows])
def test_targets_of_a_fold_share_what_was_made_of_their_rows(info, case_for):
    case = case_for(info)
    train, y, valid, y_valid = case.parts()
    fit(quick(info), train, y, valid, y_valid)
    # lives stay positive
    other, other_valid = (-2 * y, -2 * y_valid) if info.censoring is None else (1 / y, 1 / y_valid)
    again = fit(quick(info), train, other, valid, other_valid).predict(case.rows).y
    alone = fit(quick(info), *_fresh(train, other, valid, other_valid)).predict(case.rows).y
    assert np.array_equal(again, alone)


def test_order_is_trivial_laws_linear_other_boosters_networks_ensembles():
    kinds = [info.kind for info in INFOS]
    order = ["trivial", "law", "linear", "other", "booster", "network", "ensemble"]
    assert kinds == sorted(kinds, key=order.index)
    assert INFOS[0].name == "mean"


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(SettingsError, match="did you mean 'lightgbm'"):
        registry.create("lightgmb")
    with pytest.raises(SettingsError, match="unknown model"):
        registry.load("nothing", None)


def test_an_unknown_setting_is_answered_with_the_nearest():
    with pytest.raises(SettingsError, match="did you mean 'learning_rate'"):
        registry.create("xgboost", learning_rat=0.1)


@pytest.mark.parametrize(
    "settings", [{"rounds": "many"}, {"rounds": 2.5}, {"refit": 1}, {"rounds": True}, {"rounds": 0}]
)
def test_a_wrong_setting_is_refused(settings):
    with pytest.raises(SettingsError, match="xgboost"):
        registry.create("xgboost", **settings)


def test_a_whole_number_serves_as_a_decimal_and_none_where_declared():
    model = registry.create("xgboost", learning_rate=1, max_bin=None)
    assert model.learning_rate == 1


def _fresh(train, y, valid, y_valid):
    return train.take(slice(None)), y, valid.take(slice(None)), y_valid


def _with_columns(rows, names):
    """The same rows with some of the descriptors and no scalars."""
    chosen = [rows.columns.descriptors.index(name) for name in names]
    return Rows(
        np.ascontiguousarray(rows.descriptors[:, chosen]),
        np.zeros((len(rows.designs), 0), np.float32),
        rows.volume,
        rows.design,
        type(rows.columns)(tuple(names)),
    )
