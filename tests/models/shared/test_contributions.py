"""Contributions of the boosters: they add up, they find a known law, and who has none says so."""

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows
from poregrove.models.shared.contributions import contributions

SLOPES = np.array([4.0, -2.0, 1.0, 0.0])


@pytest.fixture
def law():
    """600 volumes, one row each, y = 4a - 2b + c with an idle d; all columns independent and uniform."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (600, 4)).astype(np.float32)
    names = Columns(descriptors=("a", "b", "c", "d"))
    rows = Rows(x, np.zeros((0, 0), np.float32), np.arange(600, dtype=np.int32), np.full(600, -1, np.int32), names)
    return rows, (x @ SLOPES).astype(np.float32)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "factorised-boosting"])
def test_contributions_and_bias_add_up_to_the_prediction(make_case, name):
    case = make_case()
    train, y, valid, y_valid = case.parts()
    fitted = fit(registry.create(name), train, 1e-6 * y + 3e-6, valid, 1e-6 * y_valid + 3e-6)
    found = fitted.contributions(case.rows)
    assert found.columns == case.rows.columns.names
    assert found.values.shape == (len(case.rows), len(found.columns))
    total = found.values.sum(axis=1) + found.bias
    np.testing.assert_allclose(total, fitted.predict(case.rows).y, rtol=1e-5)
    assert np.ptp(found.bias) < 1e-12
    assert fitted.contributions(case.rows.take(slice(0, 0))).values.shape == (0, len(found.columns))


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "factorised-boosting"])
def test_contributions_of_an_additive_law_are_its_terms(law, name):
    """Independent columns, y = sum of terms: the Shapley value of a column is its term less the term's mean."""
    rows, y = law
    fitted = fit(registry.create(name, rounds_unvalidated=150), rows, y)
    found = fitted.contributions(rows).values
    terms = SLOPES * (rows.descriptors - rows.descriptors.mean(axis=0))
    sizes = np.abs(found).mean(axis=0)
    np.testing.assert_allclose(sizes, np.abs(terms).mean(axis=0), atol=0.08)
    assert list(np.argsort(-sizes)) == [0, 1, 2, 3]
    for column in range(3):
        assert np.corrcoef(found[:, column], terms[:, column])[0, 1] > 0.98


@pytest.mark.parametrize("name", ["ridge", "xgboost-aft-capped"])
def test_a_model_without_exact_contributions_is_refused_by_its_name(make_case, name):
    train, y, *_ = make_case(gaps=False).parts()
    fitted = fit(registry.create(name), train, np.abs(y) + 1)
    with pytest.raises(ModelError, match=rf"^{name} has no exact contributions.*permutation importance"):
        contributions(fitted, name, train)


def test_other_columns_than_in_training_are_refused(law):
    rows, y = law
    fitted = fit(registry.create("lightgbm", rounds_unvalidated=5), rows, y)
    renamed = Rows(
        rows.descriptors, rows.designs, rows.volume, rows.design, Columns(descriptors=("a", "b", "c", "other"))
    )
    with pytest.raises(ModelError, match="other"):
        fitted.contributions(renamed)
