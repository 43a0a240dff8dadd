"""The linear models against closed forms and scikit-learn."""

from itertools import product

import numpy as np
import pytest
from model_fits import fit
from sklearn.linear_model import ElasticNet, Ridge

from poregrove.errors import SettingsError
from poregrove.models import registry
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.models.shared.held_out import block_folds
from poregrove.models.shared.linear_columns import PRODUCT, LinearColumns
from poregrove.models.shared.log_columns import LogColumns
from poregrove.models.shared.standardise import Encoding


def seen_by(fitted, rows):
    """float64[n, P]: what a fitted linear model sees of rows."""
    columns = LinearColumns(
        LogColumns(fitted.log_positions, fitted.log_least),
        Encoding(fitted.median, fitted.indicated, fitted.mean, fitted.scale),
        fitted.kind,
        fitted.pairs,
        fitted.pair_mean,
        fitted.pair_scale,
    )
    return columns.apply(rows.matrix())


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_the_closed_form(make_case, weighted):
    case = make_case(gaps=False)
    weight = np.random.default_rng(0).uniform(0.5, 2, len(case.y)) if weighted else np.ones(len(case.y))
    weight /= weight.mean()
    fitted = fit(
        registry.create("ridge", smallest=0.05, largest=0.05),
        case.rows,
        case.y,
        weight=weight.astype(np.float32) if weighted else None,
    )
    alpha, scale = fitted.penalty
    z = seen_by(fitted, case.rows)
    scales = np.where(fitted.kind == 0, scale, 1.0)
    centred = case.y - np.average(case.y, weights=weight)
    inside = (z * scales).T @ (weight[:, None] * z * scales) + alpha * len(z) * np.eye(z.shape[1])
    beta = scales * np.linalg.solve(inside, (z * scales).T @ (weight * centred))
    np.testing.assert_allclose(fitted.coefficients, beta, atol=1e-5)
    expected = np.average(case.y, weights=weight) + z @ beta
    np.testing.assert_allclose(fitted.predict(case.rows).unclipped, expected, rtol=1e-4)


def test_the_penalties_err_least_on_blocks_of_new_volumes(make_case):
    """Every pair of penalties of a short grid, fitted by scikit-learn on the same blocks."""
    case = make_case(extra=40, gaps=False)
    fitted = fit(registry.create("ridge", smallest=1e-3, largest=10.0), case.rows, case.y)
    z, y = seen_by(fitted, case.rows), case.y.astype(float)
    errors = {}
    for alpha, scale in product(np.logspace(-3, 1, 9), (1.0, 0.3, 0.1, 0.03)):
        x, error = z * np.where(fitted.kind == 0, scale, 1.0), 0.0
        for fold in block_folds({"volume": case.rows.volume}, 0):
            answer = Ridge(alpha * len(fold.fit)).fit(x[fold.fit], y[fold.fit]).predict(x[fold.test])
            low, high = y[fold.fit].min(), y[fold.fit].max()
            error += ((np.clip(answer, low - 0.1 * (high - low), high + 0.1 * (high - low)) - y[fold.test]) ** 2).sum()
        errors[alpha, scale] = error
    assert tuple(fitted.penalty) == pytest.approx(min(errors, key=errors.get))


def test_the_elastic_net_is_that_of_scikit_learn(make_case):
    case = make_case(extra=10, gaps=False)
    fitted = fit(registry.create("elastic-net"), case.rows, case.y)
    alpha, share = fitted.penalty
    spread = case.y.std(dtype=float)
    peer = ElasticNet(alpha=alpha, l1_ratio=share, tol=1e-8, max_iter=100_000)
    scale = np.where(fitted.kind == 0, 0.1, 1.0)
    peer.fit(scale * seen_by(fitted, case.rows), (case.y - case.y.mean(dtype=float)) / spread)
    np.testing.assert_allclose(fitted.coefficients, spread * scale * peer.coef_, atol=2e-3)


def test_products_are_of_logarithms_and_standardised(make_case):
    case = make_case(gaps=False)
    columns = Columns(
        *(getattr(case.rows.columns, kind) for kind in ("descriptors", "designs")),
        log=case.rows.columns.designs[:1],
    )
    rows = Rows(case.rows.descriptors, case.rows.designs, case.rows.volume, case.rows.design, columns)
    fitted = fit(registry.create("ridge-quadratic"), rows, case.y)
    first = seen_by(fitted, rows)[:, fitted.kind == PRODUCT][:, 0]
    u = np.log(rows.column(rows.columns.designs[0]).astype(float))
    square = ((u - u.mean()) / u.std()) ** 2
    np.testing.assert_allclose(first, (square - square.mean()) / square.std(), atol=1e-4)


def test_predictions_keep_to_the_training_range_widened_by_a_tenth():
    x = np.linspace(0, 1, 30, dtype=np.float32)[:, None]
    at = np.arange(30, dtype=np.int32)
    none = np.zeros((1, 0), np.float32)
    rows = Rows(x, none, at, np.zeros(30, np.int32), Columns(("x",)))
    far = Rows(x + 5, none, at, np.zeros(30, np.int32), Columns(("x",)))
    prediction = fit(registry.create("ridge"), rows, 2 * x[:, 0]).predict(far)
    assert prediction.y == pytest.approx(np.full(30, 2.2))
    assert prediction.unclipped.min() > 5


def test_logarithms_are_of_declared_positive_columns_alone():
    values = np.array([[1.0, 1.0, -1.0], [10.0, 10.0, 10.0], [100.0, 100.0, 100.0]], np.float32)
    at = np.arange(3, dtype=np.int32)
    columns = Columns(("declared", "not", "negative"), log=("declared", "negative"))
    logs = LogColumns.of(Rows(values, np.zeros((1, 0), np.float32), at, np.zeros(3, np.int32), columns))
    assert logs.positions.tolist() == [0]
    np.testing.assert_allclose(logs.replaced(values)[:, 0], np.log([1, 10, 100]), rtol=1e-6)
    # what is not positive later counts as half the least of training
    np.testing.assert_allclose(logs.logarithms(-values[:1]), [[np.log(0.5)]], rtol=1e-6)


def test_blocks_share_no_group_and_test_every_row_once():
    rng = np.random.default_rng(0)
    groups = {"volume": rng.integers(0, 20, 400), "design": rng.integers(0, 15, 400)}
    folds = block_folds(groups, seed=1)
    assert len(folds) == 12
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(400))
    for fold, of in product(folds, groups.values()):
        assert not set(of[fold.fit]) & set(of[fold.test])


def test_principal_components_of_two_point_correlations_are_found_without_the_target():
    """A target that is the first component of 40 noisy columns is predicted, one that no component holds is not."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=200)
    names = ("two_point_correlation_r1_z", *(f"two_point_correlation_r{lag}_z" for lag in range(2, 41)), "other")
    values = np.concatenate([hidden[:, None] + 0.3 * rng.normal(size=(200, 40)), rng.normal(size=(200, 1))], axis=1)
    at = np.arange(200, dtype=np.int32)
    rows = Rows(values.astype(np.float32), np.zeros((1, 0), np.float32), at, np.zeros(200, np.int32), Columns(names))
    context = FitContext()
    model = registry.create("two-point-pca")
    first, other = (
        model.fit(TrainingData(rows, y.astype(np.float32)), None, context).predict(rows).y
        for y in (hidden, values[:, -1])
    )
    assert np.corrcoef(first, hidden)[0, 1] > 0.99
    assert abs(np.corrcoef(other, values[:, -1])[0, 1]) < 0.4


def test_a_grid_in_the_wrong_order_is_refused():
    with pytest.raises(SettingsError, match="0 < smallest <= largest"):
        registry.create("ridge", smallest=2.0, largest=1.0)
