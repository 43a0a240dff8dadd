"""HistGradientBoosting read out as arrays, against scikit-learn's own predictions."""

import numpy as np
import pytest
from model_fits import fit
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows


@pytest.fixture(autouse=True)
def _one_thread():
    """The peer takes every core otherwise, which is slow on a busy machine."""
    with threadpool_limits(1, user_api="openmp"):
        yield


SETTINGS = {"rounds_unvalidated": 30, "min_leaf": 4, "leaf_share": 0.0}


def test_equals_scikit_learn_called_plainly_also_where_values_are_missing(make_case):
    case = make_case(volumes=40, extra=10)
    train, y, *_ = case.parts()
    peer = HistGradientBoostingRegressor(max_iter=30, learning_rate=0.05, min_samples_leaf=4, early_stopping=False)
    expected = peer.fit(train.matrix(), y).predict(case.rows.matrix())
    fitted = fit(registry.create("hist-gradient-boosting", **SETTINGS), train, y)
    np.testing.assert_allclose(fitted.predict(case.rows).y, expected, rtol=1e-6)
    assert np.isnan(case.rows.matrix()).any()


def test_takes_the_number_of_rounds_that_is_best_on_the_validation_part(make_case):
    case = make_case()
    train, y, valid, y_valid = case.parts()
    peer = HistGradientBoostingRegressor(max_iter=60, learning_rate=0.3, min_samples_leaf=5, early_stopping=False)
    staged = peer.fit(train.matrix(), y).staged_predict(valid.matrix())
    best = np.argmin([np.mean((stage - y_valid) ** 2) for stage in staged]) + 1
    model = registry.create("hist-gradient-boosting", rounds=60, learning_rate=0.3, min_leaf=5, leaf_share=0.0)
    assert fit(model, train, y, valid, y_valid).rounds == best < 60


def test_more_rows_than_it_takes_are_refused():
    n = 200_001
    empty = np.zeros((1, 0), np.float32)
    positions = np.zeros(n, np.int32)
    rows = Rows(np.ones((1, 1), np.float32), empty, positions, positions, Columns(("a",)))
    with pytest.raises(ModelError, match="at most 200000 training rows, got 200001"):
        fit(registry.create("hist-gradient-boosting"), rows, np.zeros(n, np.float32))
