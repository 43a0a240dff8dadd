"""Baselines that know ids alone, against pandas and dense least squares."""

import numpy as np
import pandas as pd
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows


def bare(volume, design):
    """Rows of ids without any column."""
    volume, design = np.asarray(volume, np.int32), np.asarray(design, np.int32)
    empty = np.zeros((max(volume.max(), design.max()) + 1, 0), np.float32)
    return Rows(empty, empty, volume, design, Columns())


@pytest.mark.parametrize("key", ["volume", "design"])
def test_group_means_equal_pandas(make_case, key):
    case = make_case()
    frame = pd.DataFrame({"volume": case.rows.volume, "design": case.rows.design, "y": case.y.astype(float)})
    expected = frame.groupby(key)["y"].transform("mean")
    model = fit(registry.create(f"{key}-mean"), case.rows, case.y)
    np.testing.assert_allclose(model.predict(case.rows).y, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["volume-mean", "design-mean", "additive"])
def test_an_unseen_id_is_an_error_not_a_guess(name):
    model = fit(registry.create(name), bare([0, 1, 3], [0, 1, 3]), np.ones(3, np.float32))
    for unseen in (2, 4):
        with pytest.raises(ModelError, match=f"first: {unseen}"):
            model.predict(bare([0, unseen], [0, unseen]))


@pytest.mark.parametrize("name", ["design-mean", "additive"])
def test_rows_without_a_design_cannot_be_averaged_by_design(name):
    with pytest.raises(ModelError, match="design"):
        fit(registry.create(name), bare([0, 1], [-1, -1]), np.ones(2, np.float32))


def dense_least_squares(rows, y, weight):
    dummies = np.hstack([np.eye(rows.volume.max() + 1)[rows.volume], np.eye(rows.design.max() + 1)[rows.design]])
    mean = np.average(y, weights=weight)
    root = np.sqrt(weight)[:, None]
    effects = np.linalg.lstsq(dummies * root, (y - mean) * root[:, 0], rcond=None)[0]
    return mean + dummies @ effects


@pytest.mark.parametrize("weighted", [False, True])
def test_additive_equals_dense_least_squares_on_an_incomplete_crossing(make_case, weighted):
    case = make_case(per=5)
    weight = np.random.default_rng(0).uniform(0.2, 3, len(case.y)) if weighted else np.ones(len(case.y))
    model = fit(registry.create("additive"), case.rows, case.y, weight=weight.astype(np.float32))
    expected = dense_least_squares(case.rows, case.y.astype(float), weight)
    np.testing.assert_allclose(model.predict(case.rows).y, expected, rtol=1e-5, atol=1e-6)


def test_additive_recovers_additive_effects_exactly(make_case):
    """From the rows of training alone, also for pairs that training has not seen."""
    case = make_case(per=6)
    rng = np.random.default_rng(2)
    y = 5 + rng.normal(size=24)[case.rows.volume] + rng.normal(size=12)[case.rows.design]
    model = fit(registry.create("additive"), case.rows.take(case.train), y[case.train].astype(np.float32))
    np.testing.assert_allclose(model.predict(case.rows).y, y, atol=2e-6)


def test_additive_is_not_the_sum_of_plain_means(make_case):
    """On an unbalanced crossing plain means mix the effects up."""
    case = make_case(per=5)
    rng = np.random.default_rng(3)
    y = (rng.normal(size=24)[case.rows.volume] + 3 * rng.normal(size=12)[case.rows.design]).astype(np.float32)
    by_volume, by_design = (
        fit(registry.create(name), case.rows, y).predict(case.rows).y for name in ("volume-mean", "design-mean")
    )
    plain = by_volume + by_design - y.mean()
    additive = fit(registry.create("additive"), case.rows, y).predict(case.rows).y
    assert np.abs(additive - y).max() < 1e-5
    assert np.abs(plain - y).max() > 0.1


def test_additive_of_unconnected_parts_still_fits_each_of_them():
    rows = bare([0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 1, 2, 3, 2])
    y = np.array([1, 2, 3, 4, 50, 60, 70], np.float32)
    np.testing.assert_allclose(fit(registry.create("additive"), rows, y).predict(rows).y, y, rtol=1e-6)


def test_additive_converges_on_a_chain():
    """The worst crossing for an iterative solver: each volume shares one design with the next."""
    n = 400
    volume = np.repeat(np.arange(n), 2)
    design = np.concatenate([[i, i + 1] for i in range(n)])
    rng = np.random.default_rng(4)
    y = rng.normal(size=n)[volume] + rng.normal(size=n + 1)[design]
    rows = bare(volume, design)
    fitted = fit(registry.create("additive"), rows, y.astype(np.float32))
    np.testing.assert_allclose(fitted.predict(rows).y, y, atol=1e-5)


def test_the_mean_is_weighted():
    rows = bare([0, 1], [0, 0])
    y = np.array([0, 4], np.float32)
    assert fit(registry.create("mean"), rows, y, weight=np.array([1, 3], np.float32)).predict(rows).y[0] == 3
