"""Vector leaves: all targets at once, on complete rows, weighted by what they matter."""

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry

NAME = "xgboost-multi-output"


def targets_of(case):
    """Two targets of very different size that share their structure, and one of its own."""
    other = np.cos(7 * case.rows.column("specific_surface"))
    return np.stack([case.y, 1e-6 * (case.y + 0.1 * other), other], axis=1).astype(np.float32)


def explained(y, y_hat):
    return 1 - ((y - y_hat) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)


def test_every_target_is_learned_whatever_its_size(make_case):
    case = make_case(volumes=60)
    y = targets_of(case)
    fitted = fit(registry.create(NAME, rounds_unvalidated=60, subsample=1.0), case.rows, y)
    assert fitted.predict(case.rows).y.shape == y.shape
    assert (explained(y, fitted.predict(case.rows).y) > 0.7).all()


def test_only_complete_rows_are_learned_from(make_case):
    case = make_case()
    y = targets_of(case)
    holes = y.copy()
    holes[::7, 1] = np.nan
    complete = np.isfinite(holes).all(axis=1)
    model = registry.create(NAME, rounds_unvalidated=20)
    with_holes = fit(model, case.rows, holes).predict(case.rows).y
    without = fit(model, case.rows.take(complete), y[complete]).predict(case.rows).y
    assert np.array_equal(with_holes, without)
    with pytest.raises(ModelError, match="value of all 3 targets"):
        fit(model, case.rows, np.where(np.arange(3) == 1, np.nan, y).astype(np.float32))


def test_a_target_that_matters_more_is_learned_better(make_case):
    case = make_case(volumes=60)
    y = targets_of(case)
    model = registry.create(NAME, rounds_unvalidated=15, max_depth=2)
    quality = [
        explained(y, fit(model, case.rows, y, target_weight=np.array(weight, np.float32)).predict(case.rows).y)
        for weight in ([1, 1, 0.1], [0.1, 0.1, 1])
    ]
    assert quality[0][0] > quality[1][0]
    assert quality[0][2] < quality[1][2]


def test_it_stops_early_and_comes_back_from_a_folder(make_case, tmp_path):
    case = make_case()
    y = targets_of(case)
    train, valid = case.rows.take(case.train), case.rows.take(case.valid)
    fitted = fit(registry.create(NAME, patience=5), train, y[case.train], valid, y[case.valid])
    assert fitted.rounds < 1000
    fitted.save(tmp_path)
    assert np.array_equal(registry.load(NAME, tmp_path).predict(case.rows).y, fitted.predict(case.rows).y)
