"""Survival models: a life that is only known to exceed a bound is not taken for that bound."""

import numpy as np
import pytest

from poregrove.errors import ModelError
from poregrove.models import registry

VARIANTS = ("xgboost-aft-capped", "xgboost-aft-observed")


@pytest.fixture
def lives(make_case):
    """True lives, what was seen of them when a third was cut off, and the bounds above."""
    case = make_case(volumes=60, designs=30, per=15, gaps=False)
    rng = np.random.default_rng(1)
    rows = case.rows
    true = np.exp(6.5 + rows.column("porosity") * 2 + rows.designs[rows.design, 0] + rng.normal(0, 0.1, len(rows)))
    end = np.quantile(true, 0.67) * np.exp(rng.normal(0, 0.2, len(rows)))
    seen, censored = np.minimum(true, end).astype(np.float32), true > end
    upper = np.where(censored, np.inf, seen).astype(np.float32)
    test = rows.volume % 4 == 0
    return rows, true, seen, upper, censored, test


@pytest.mark.parametrize("name", VARIANTS)
def test_beats_squared_error_on_lives_that_were_cut_off(lives, name):
    rows, true, seen, upper, censored, test = lives
    assert 0.25 < censored.mean() < 0.45
    train = rows.take(~test)
    naive = registry.create("xgboost", rounds_unvalidated=150).fit(train, np.log(seen[~test]))
    survival = registry.create(name).fit(train, seen[~test], upper=upper[~test])
    cut = test & censored
    error_naive = np.sqrt(np.mean((naive.predict(rows.take(cut)).y - np.log(true[cut])) ** 2))
    error_survival = np.sqrt(np.mean((np.log(survival.predict(rows.take(cut)).y) - np.log(true[cut])) ** 2))
    assert error_survival < 0.8 * error_naive


def test_without_censoring_it_learns_the_logarithm_of_life(lives):
    rows, true, *_, test = lives
    fitted = registry.create(VARIANTS[0]).fit(rows.take(~test), true[~test].astype(np.float32))
    log_true = np.log(true[test])
    residual = np.log(fitted.predict(rows.take(test)).y) - log_true
    assert 1 - np.mean(residual**2) / log_true.var() > 0.85


def test_lives_in_other_units_are_learned_as_well(lives):
    rows, true, *_ = lives
    first, second = (registry.create(VARIANTS[0]).fit(rows, (true * unit).astype(np.float32)) for unit in (1, 1e-6))
    np.testing.assert_allclose(second.predict(rows).y * 1e6, first.predict(rows).y, rtol=0.02)


def test_shares_a_matrix_with_squared_error_and_disturbs_nothing(lives):
    rows, _, seen, upper, *_ = lives
    naive, survival = (
        registry.create("xgboost", rounds_unvalidated=10, max_bin=64),
        registry.create(VARIANTS[1], rounds=10),
    )
    alone = naive.fit(rows.take(slice(None)), seen).predict(rows).y
    alone_survival = survival.fit(rows.take(slice(None)), seen, upper=upper).predict(rows).y
    naive.fit(rows, -seen)
    assert np.array_equal(survival.fit(rows, seen, upper=upper).predict(rows).y, alone_survival)
    assert np.array_equal(naive.fit(rows, seen).predict(rows).y, alone)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda seen, upper: (-seen, upper), "must be positive"),
        (lambda seen, _upper: (seen, seen / 2), "inf where it is only known"),
        (lambda seen, upper: (seen, upper * np.nan), "inf where it is only known"),
        (lambda seen, upper: (seen, upper[:-1]), "one a row"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(lives, change, message):
    rows, _, seen, upper, *_ = lives
    seen, upper = change(seen, upper)
    with pytest.raises(ModelError, match=message):
        registry.create(VARIANTS[0]).fit(rows, seen, upper=upper)


def test_the_variants_say_which_rows_they_want_marked():
    assert {info.name: info.censoring for info in registry.available() if info.censoring} == {
        "xgboost-aft-capped": "capped",
        "xgboost-aft-observed": "observed",
    }
