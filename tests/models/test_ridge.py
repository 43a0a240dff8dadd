"""Ridge against its closed form and scikit-learn."""

import numpy as np
import pytest
from model_fits import fit
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.preprocessing import StandardScaler

from poregrove.errors import SettingsError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows
from poregrove.models.shared.checks import checked_weight
from poregrove.models.shared.standardise import encode


def one_penalty(alpha):
    return registry.create("ridge", smallest=float(alpha), largest=float(alpha))


def standardised(matrix, weight=None):
    return StandardScaler().fit_transform(matrix.astype(float), sample_weight=weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_the_closed_form(make_case, weighted):
    case = make_case(gaps=False)
    weight = np.random.default_rng(0).uniform(0.5, 2, len(case.y)) if weighted else np.ones(len(case.y))
    weight /= weight.mean()
    z = standardised(case.rows.matrix(), weight)
    centred = case.y - np.average(case.y, weights=weight)
    beta = np.linalg.solve(z.T @ (weight[:, None] * z) + 7 * np.eye(z.shape[1]), z.T @ (weight * centred))
    fitted = fit(one_penalty(7), case.rows, case.y, weight=weight.astype(np.float32) if weighted else None)
    np.testing.assert_allclose(fitted.coefficients, beta, atol=1e-6)
    expected = np.average(case.y, weights=weight) + z @ beta
    np.testing.assert_allclose(fitted.predict(case.rows).y, expected, rtol=1e-5)


def test_chooses_the_penalty_and_the_line_of_scikit_learn(make_case):
    case = make_case(extra=40, gaps=False)
    z = standardised(case.rows.matrix())
    peer = RidgeCV(alphas=np.logspace(-2, 5, 15)).fit(z, case.y.astype(float))
    fitted = fit(registry.create("ridge"), case.rows, case.y)
    assert fitted.alpha == pytest.approx(peer.alpha_)
    np.testing.assert_allclose(fitted.predict(case.rows).y, peer.predict(z), rtol=1e-5)


def test_a_validation_part_chooses_the_penalty_and_then_joins_the_fit(make_case):
    case = make_case(extra=40, gaps=False)
    train, y, valid, y_valid = case.parts()
    scaler = StandardScaler().fit(train.matrix().astype(float))
    alphas = np.logspace(-2, 5, 15)
    errors = [
        np.mean(
            (Ridge(alpha).fit(scaler.transform(train.matrix()), y).predict(scaler.transform(valid.matrix())) - y_valid)
            ** 2
        )
        for alpha in alphas
    ]
    fitted = fit(registry.create("ridge"), train, y, valid, y_valid)
    assert fitted.alpha == pytest.approx(alphas[np.argmin(errors)])
    both = fit(one_penalty(fitted.alpha), train.append(valid), np.concatenate([y, y_valid]))
    np.testing.assert_allclose(fitted.predict(case.rows).y, both.predict(case.rows).y, rtol=1e-6)


def test_gaps_become_the_training_median_and_an_indicator():
    table = np.array([[1], [2], [9], [np.nan]], np.float32)
    rows = Rows(
        table, np.zeros((1, 0), np.float32), np.arange(4, dtype=np.int32), np.zeros(4, np.int32), Columns(("a",))
    )
    encoding = encode(rows, checked_weight(rows, None))
    assert encoding.median == pytest.approx([2])
    filled = encoding.apply(table) * encoding.scale + encoding.mean
    np.testing.assert_allclose(filled, [[1, 0], [2, 0], [9, 0], [2, 1]], atol=1e-12)


def test_an_indicator_learns_what_a_gap_means():
    """y depends on the gap alone, and no value could say so."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(200, 2)).astype(np.float32)
    gap = rng.random(200) < 0.4
    table[gap, 0] = np.nan
    rows = Rows(
        table,
        np.zeros((1, 0), np.float32),
        np.arange(200, dtype=np.int32),
        np.zeros(200, np.int32),
        Columns(("a", "b")),
    )
    fitted = fit(registry.create("ridge"), rows, gap.astype(np.float32))
    np.testing.assert_allclose(fitted.predict(rows).y, gap, atol=0.01)


def test_a_grid_upside_down_is_refused():
    with pytest.raises(SettingsError, match="smallest"):
        registry.create("ridge", smallest=10.0, largest=1.0)
