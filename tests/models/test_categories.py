"""Categories of many levels in the boosters: one column, explained, kept and refused where it has no form."""

from dataclasses import replace

import numpy as np
import pytest

from poregrove.errors import ModelError, SettingsError
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.models.lightgbm import LightGBM
from poregrove.models.lightgbm_linear import LightGBMLinear
from poregrove.models.onnx.convert import as_onnx
from poregrove.models.onnx.graph import Finish
from poregrove.models.shared.category_columns import CategoryColumns
from poregrove.models.xgboost import XGBoost
from poregrove.models.xgboost_quantile import XGBoostQuantile

LEVELS = 12
NATIVE = (LightGBM(rounds=40), XGBoost(rounds=40))


@pytest.fixture(scope="module")
def data():
    """Rows whose target depends on one number and on the level of a category, in no order of the levels."""
    rng = np.random.default_rng(3)
    volume = np.repeat(np.arange(40, dtype=np.int32), 6)
    design = rng.integers(0, 48, len(volume)).astype(np.int32)
    level = np.arange(48) % LEVELS
    levels = tuple(f"binder={number}" for number in range(LEVELS))
    designs = np.concatenate([rng.uniform(0, 1, (48, 1)), level[:, None] == np.arange(LEVELS)], axis=1)
    columns = Columns(("porosity",), ("rate", *levels), categories=(levels,))
    rows = Rows(rng.uniform(0.2, 0.7, (40, 1)).astype(np.float32), designs.astype(np.float32), volume, design, columns)
    effect = rng.permutation(LEVELS)[level][design]
    return TrainingData(rows, (rows.column("porosity") + effect).astype(np.float32))


def test_joined_columns_hold_the_number_of_the_level_and_parted_ones_give_it_back():
    native = CategoryColumns(("a", "k=x", "b", "k=y", "k=z"), (("k=x", "k=y", "k=z"),))
    block = np.array([[1, 0, 2, 1, 0], [3, 0, 4, 0, 0], [5, *[np.nan] * 1, 6, np.nan, np.nan]], np.float32)
    joined = native.joined(block)
    np.testing.assert_array_equal(joined, [[1, 2, 1], [3, 4, np.nan], [5, 6, np.nan]])
    assert native.kinds == ["q", "q", "c"]
    parted = native.parted(np.array([[1.0, 2, 9], [1, 2, 9], [1, 2, 9]]), block)
    np.testing.assert_array_equal(parted, [[1, 0, 2, 9, 0], [1, 3, 2, 3, 3], [1, 3, 2, 3, 3]])


def test_without_categories_the_matrix_is_the_same_object():
    block = np.ones((2, 1), np.float32)
    assert CategoryColumns(("a",)).joined(block) is block


@pytest.mark.parametrize("model", NATIVE, ids=lambda model: model.info.name)
def test_levels_are_parted_into_two_sets_by_one_split(model, data):
    fitted = model.fit(data, None, FitContext())
    assert fitted.frame.categories == data.rows.columns.categories
    if isinstance(model, LightGBM):
        assert "num_cat=0" not in fitted.booster.model_to_string()
    else:
        assert fitted.booster.feature_types == ["q", "q", "c"]
        assert ":{" in fitted.booster.get_dump()[0]
    error = np.abs(fitted.predict(data.rows).y - data.y).mean()
    assert error < 0.5 * np.abs(data.y - data.y.mean()).mean()


@pytest.mark.parametrize("model", NATIVE, ids=lambda model: model.info.name)
def test_contributions_add_up_and_belong_to_the_level_of_the_row(model, data):
    fitted = model.fit(data, None, FitContext())
    found = fitted.contributions(data.rows)
    assert found.columns == data.rows.columns.names
    total = found.values.sum(axis=1) + found.bias
    np.testing.assert_allclose(total, fitted.predict(data.rows).y, rtol=1e-3, atol=1e-3)
    levels = found.values[:, 2:]
    assert (levels[data.rows.matrix()[:, 2:] == 0] == 0).all()
    assert np.abs(levels).max() > 1


@pytest.mark.parametrize("model", NATIVE, ids=lambda model: model.info.name)
def test_a_saved_model_predicts_the_same_also_where_the_level_is_missing(model, data, tmp_path):
    fitted = model.fit(data, None, FitContext())
    unknown = data.rows.designs.copy()
    unknown[:, 1:] = np.nan
    rows = replace(data.rows, designs=unknown, _prepared={})
    fitted.save(tmp_path)
    again = type(fitted).load(tmp_path)
    for asked in (data.rows, rows):
        np.testing.assert_array_equal(again.predict(asked).y, fitted.predict(asked).y)
    assert np.isfinite(again.predict(rows).y).all()


@pytest.mark.parametrize("model", NATIVE, ids=lambda model: model.info.name)
def test_few_levels_or_the_setting_leave_a_column_a_level(model, data):
    assert replace(model, native_levels=0).fit(data, None, FitContext()).frame.categories == ()
    assert replace(model, native_levels=LEVELS + 1).fit(data, None, FitContext()).frame.categories == ()


def test_quantiles_have_categories_too(data):
    fitted = XGBoostQuantile(rounds_unvalidated=30).fit(data, None, FitContext())
    assert fitted.frame.categories == data.rows.columns.categories
    found = fitted.predict(data.rows)
    assert ((found.lo <= found.y) & (found.y <= found.hi)).all()


def test_linear_leaves_cannot_have_them():
    with pytest.raises(SettingsError, match="native_levels must be 0"):
        LightGBMLinear(native_levels=8)


@pytest.mark.parametrize("model", NATIVE, ids=lambda model: model.info.name)
def test_onnx_is_refused_with_what_to_do(model, data):
    fitted = model.fit(data, None, FitContext())
    with pytest.raises(ModelError, match=rf"--set model\.{model.info.name}\.native_levels=0"):
        as_onnx(model.info.name, fitted, data.rows.columns.names, Finish())
