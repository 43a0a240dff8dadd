"""The Gaussian process, written out, against scikit-learn and against its own promise."""

import numpy as np
import pytest
from model_fits import fit
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows
from poregrove.models.shared.standardise import Encoding


def line(x):
    """Rows of one column."""
    x = np.asarray(x, np.float32)[:, None]
    n = len(x)
    return Rows(x, np.zeros((1, 0), np.float32), np.arange(n, dtype=np.int32), np.zeros(n, np.int32), Columns(("x",)))


def test_means_and_intervals_equal_scikit_learn_with_the_same_kernel(make_case):
    case = make_case(gaps=False)
    train, y, *_ = case.parts()
    fitted = fit(registry.create("gaussian-process"), train, y)
    signal, length, noise = fitted.kernel
    kernel = ConstantKernel(signal) * Matern(length, nu=2.5) + WhiteKernel(noise)
    encoding = Encoding(fitted.median, fitted.indicated, fitted.mean, fitted.scale)
    peer = GaussianProcessRegressor(kernel, optimizer=None)
    peer.fit(encoding.apply(train.matrix()), (y.astype(float) - y.mean(dtype=float)) / y.std(dtype=float))
    mean, deviation = peer.predict(encoding.apply(case.rows.matrix()), return_std=True)
    got = fitted.predict(case.rows)
    np.testing.assert_allclose(got.y, fitted.offset + fitted.spread * mean, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(got.hi - got.lo, 2 * 1.6448536 * fitted.spread * deviation, rtol=1e-3, atol=1e-4)


def test_intervals_cover_what_they_promise_on_a_smooth_function_with_noise():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 1200)
    y = (np.sin(x) + rng.normal(0, 0.2, 1200)).astype(np.float32)
    prediction = fit(registry.create("gaussian-process"), line(x[:200]), y[:200]).predict(line(x[200:]))
    assert 0.86 < np.mean((prediction.lo <= y[200:]) & (y[200:] <= prediction.hi)) < 0.94
    assert np.abs(prediction.y - np.sin(x[200:])).mean() < 0.08


def test_intervals_grow_away_from_the_training_rows():
    x = np.linspace(0, 1, 30)
    fitted = fit(registry.create("gaussian-process"), line(x), np.sin(6 * x).astype(np.float32))
    near, far = (fitted.predict(line([at])) for at in (0.5, 4.0))
    assert far.hi - far.lo > 5 * (near.hi - near.lo)


def test_weights_and_large_sets_are_refused(make_case):
    case = make_case()
    model = registry.create("gaussian-process")
    with pytest.raises(ModelError, match="no weights"):
        fit(model, case.rows, case.y, weight=np.ones(len(case.y), np.float32))
    with pytest.raises(ModelError, match="at most 1500 training rows, got 1501"):
        fit(model, line(np.arange(1501)), np.zeros(1501, np.float32))
