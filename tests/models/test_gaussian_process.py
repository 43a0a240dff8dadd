"""The Gaussian process, written out, against scikit-learn and against its own promise."""

import numpy as np
from model_fits import fit
from sklearn.gaussian_process.kernels import Matern

from poregrove.models import registry
from poregrove.models.base import Columns, Rows


def line(x):
    """Rows of one column."""
    x = np.asarray(x, np.float32)[:, None]
    n = len(x)
    return Rows(x, np.zeros((1, 0), np.float32), np.arange(n, dtype=np.int32), np.zeros(n, np.int32), Columns(("x",)))


def test_means_and_intervals_equal_the_formula_with_the_kernels_of_scikit_learn(make_case):
    case = make_case(gaps=False)
    train, y, *_ = case.parts()
    fitted = fit(registry.create("gaussian-process"), train, y)
    design, volume, product, of_designs, of_volumes, own_design, own_volume, noise, linear, of_key, in_key = (
        fitted.kernel
    )
    key, others = np.split(fitted.volumes, [int(fitted.key)])
    assert len(key) == 2  # porosity and specific surface

    def covariance(left, right):
        d, d_too = (rows[:, fitted.designs] / np.sqrt(len(fitted.designs)) for rows in (left, right))
        k, k_too = (rows[:, key] / np.sqrt(len(key)) for rows in (left, right))
        o, o_too = (rows[:, others] / np.sqrt(len(others)) for rows in (left, right))
        v, v_too = (np.hstack([a / of_key, b / of_volumes]) for a, b in ((k, o), (k_too, o_too)))
        by_design, by_volume = Matern(of_designs, nu=2.5)(d, d_too), Matern(1.0, nu=2.5)(v, v_too)
        same = [(one[:, None] == other[None]).all(axis=2) for one, other in ((d, d_too), (v, v_too))]
        smooth = design * by_design + volume * by_volume + product * by_design * by_volume
        return smooth + linear * d @ d_too.T + in_key * k @ k_too.T + own_design * same[0] + own_volume * same[1]

    points, new = fitted.seen(train.matrix()), fitted.seen(case.rows.matrix())
    inside = np.linalg.inv(covariance(points, points) + noise * np.eye(len(points)))
    cross = covariance(new, points)
    mean = cross @ inside @ (y.astype(float) - y.mean(dtype=float)) / y.std(dtype=float)
    variance = np.diag(covariance(new, new)) + noise - np.einsum("ij,jk,ik->i", cross, inside, cross)
    got = fitted.predict(case.rows)
    np.testing.assert_allclose(got.unclipped, fitted.offset + fitted.spread * mean, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(got.hi - got.lo, 2 * 1.6448536 * fitted.spread * np.sqrt(variance), rtol=1e-2, atol=1e-3)


def test_intervals_cover_what_they_promise_on_a_smooth_function_with_noise():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 1200)
    y = (np.sin(x) + rng.normal(0, 0.2, 1200)).astype(np.float32)
    prediction = fit(registry.create("gaussian-process"), line(x[:200]), y[:200]).predict(line(x[200:]))
    assert 0.86 < np.mean((prediction.lo <= y[200:]) & (y[200:] <= prediction.hi)) < 0.94
    assert np.abs(prediction.y - np.sin(x[200:])).mean() < 0.08


def test_values_without_intervals_are_the_same_to_the_bit(make_case):
    case = make_case()
    train, y, *_ = case.parts()
    fitted = fit(registry.create("gaussian-process"), train, y)
    told, alone = fitted.predict(case.rows), fitted.values(case.rows)
    np.testing.assert_array_equal(alone.y, told.y)
    np.testing.assert_array_equal(alone.unclipped, told.unclipped)
    assert alone.lo is None


def test_intervals_grow_away_from_the_training_rows():
    x = np.linspace(0, 1, 30)
    fitted = fit(registry.create("gaussian-process"), line(x), np.sin(6 * x).astype(np.float32))
    near, far = (fitted.predict(line([at])) for at in (0.5, 4.0))
    assert far.hi - far.lo > 5 * (near.hi - near.lo)


def test_a_row_of_large_weight_is_met_closely():
    x = np.linspace(0, 1, 40)
    y = np.random.default_rng(0).normal(size=40).astype(np.float32)
    weight = np.where(np.arange(40) == 7, 1e4, 1.0).astype(np.float32)
    light, heavy = (
        fit(registry.create("gaussian-process"), line(x), y, weight=w).predict(line(x)).y for w in (None, weight)
    )
    assert abs(heavy[7] - y[7]) < 0.1 * abs(light[7] - y[7])


def test_of_many_rows_as_many_of_each_design_are_fitted():
    design = np.repeat(np.arange(4, dtype=np.int32), [1200, 600, 300, 100])
    volume = np.arange(2200, dtype=np.int32)
    columns = Columns(("x",), ("d",))
    x, d = np.random.default_rng(0).random((2200, 1), np.float32), np.arange(4, dtype=np.float32)[:, None]
    fitted = fit(
        registry.create("gaussian-process", max_points=400, search_points=100, steps=2),
        Rows(x, d, volume, design, columns),
        x[:, 0],
    )
    assert np.unique(fitted.points[:, fitted.designs], return_counts=True)[1].tolist() == [100] * 4
