"""Survival models: a life that is only known to exceed a bound is not taken for that bound."""

import logging

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry

log = logging.getLogger(__name__)

VARIANTS = ("xgboost-aft-capped", "xgboost-aft-observed")


def cut_off(case, seed):
    """Lives of which a third ended after the last look: (rows, true, seen, upper, censored, role of each row).

    A life depends on porosity, on a design's scalar and on noise; looking ends at times of its own. Volumes are for
    fitting (role 0), stopping (1) and testing (2).
    """
    rng, rows = np.random.default_rng(seed), case.rows
    true = np.exp(6.5 + rows.column("porosity") * 2 + rows.designs[rows.design, 0] + rng.normal(0, 0.1, len(rows)))
    end = np.quantile(true, 0.67) * np.exp(rng.normal(0, 0.2, len(rows)))
    seen, censored = np.minimum(true, end).astype(np.float32), true > end
    upper = np.where(censored, np.inf, seen).astype(np.float32)
    return rows, true, seen, upper, censored, np.array([0, 0, 1, 2])[rows.volume % 4]


@pytest.fixture
def lives(make_case):
    """True lives, what was seen of them when a third was cut off, and the bounds above."""
    *found, role = cut_off(make_case(volumes=60, designs=30, per=15, gaps=False), seed=1)
    return *found, role == 2


@pytest.mark.parametrize("name", VARIANTS)
def test_beats_squared_error_on_lives_that_were_cut_off(lives, name):
    rows, true, seen, upper, censored, test = lives
    assert 0.25 < censored.mean() < 0.45
    train = rows.take(~test)
    naive = fit(registry.create("xgboost", rounds_unvalidated=150), train, np.log(seen[~test]))
    survival = fit(registry.create(name), train, seen[~test], upper=upper[~test])
    cut = test & censored
    error_naive = np.sqrt(np.mean((naive.predict(rows.take(cut)).y - np.log(true[cut])) ** 2))
    error_survival = np.sqrt(np.mean((np.log(survival.predict(rows.take(cut)).y) - np.log(true[cut])) ** 2))
    assert error_survival < 0.8 * error_naive


def errors_on_censored(case, seed, name):
    """RMSE of ln(true life) on censored test rows: of squared error on what was seen, and of the survival model."""
    rows, true, seen, upper, censored, role = cut_off(case, seed)
    assert 0.25 < censored.mean() < 0.45
    train, valid, asked = rows.take(role == 0), rows.take(role == 1), rows.take((role == 2) & censored)
    naive = fit(registry.create("xgboost"), train, np.log(seen[role == 0]), valid, np.log(seen[role == 1]))
    survival = fit(
        registry.create(name),
        train,
        seen[role == 0],
        valid,
        seen[role == 1],
        upper=upper[role == 0],
        upper_valid=upper[role == 1],
    )
    truth = np.log(true[(role == 2) & censored])
    answers = naive.predict(asked).y, np.log(survival.predict(asked).y)
    return [float(np.sqrt(np.mean((answer - truth) ** 2))) for answer in answers]


@pytest.mark.parametrize("repetitions", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_is_closer_to_lives_that_were_cut_off_time_and_again(make_case, repetitions):
    """In at least 18 of 20 repetitions, each with volumes, designs and ends of its own; in both of two."""
    errors = [
        errors_on_censored(make_case(volumes=60, designs=30, per=15, gaps=False, seed=seed), seed, VARIANTS[1])
        for seed in range(repetitions)
    ]
    better = sum(survival < naive for naive, survival in errors)
    naive, survival = np.mean(errors, axis=0)
    log.info("RMSE of ln life %.3f naive, %.3f AFT; AFT lower in %d of %d", naive, survival, better, repetitions)
    assert better >= 0.9 * repetitions


def test_boosting_stops_by_the_bounds_of_the_validation_part(make_case):
    rows, _, seen, upper, _, role = cut_off(make_case(volumes=40, designs=20, per=10, gaps=False), seed=2)
    train, valid = rows.take(role == 0), rows.take(role == 1)
    model = registry.create(VARIANTS[1], rounds=400, patience=5, refit=False)
    known, taken_for_lives = (
        fit(model, train, seen[role == 0], valid, seen[role == 1], upper=upper[role == 0], upper_valid=bounds)
        for bounds in (upper[role == 1], None)
    )
    assert 5 < known.rounds < 400
    assert known.rounds != taken_for_lives.rounds
    refitted = fit(
        registry.create(VARIANTS[1], rounds=400, patience=5),
        train,
        seen[role == 0],
        valid,
        seen[role == 1],
        upper=upper[role == 0],
        upper_valid=upper[role == 1],
    )
    assert refitted.rounds == known.rounds
    assert not np.array_equal(refitted.predict(rows).y, known.predict(rows).y)
    with pytest.raises(ModelError, match="inf where it is only known"):
        fit(model, train, seen[role == 0], valid, seen[role == 1], upper_valid=upper[role == 1] * np.nan)


def test_without_censoring_it_learns_the_logarithm_of_life(lives):
    rows, true, *_, test = lives
    fitted = fit(registry.create(VARIANTS[0]), rows.take(~test), true[~test].astype(np.float32))
    log_true = np.log(true[test])
    residual = np.log(fitted.predict(rows.take(test)).y) - log_true
    assert 1 - np.mean(residual**2) / log_true.var() > 0.85


def test_lives_in_other_units_are_learned_as_well(lives):
    rows, true, *_ = lives
    first, second = (fit(registry.create(VARIANTS[0]), rows, (true * unit).astype(np.float32)) for unit in (1, 1e-6))
    np.testing.assert_allclose(second.predict(rows).y * 1e6, first.predict(rows).y, rtol=0.02)


def test_shares_a_matrix_with_squared_error_and_disturbs_nothing(lives):
    rows, _, seen, upper, *_ = lives
    naive, survival = (
        registry.create("xgboost", rounds_unvalidated=10, max_bin=64),
        registry.create(VARIANTS[1], rounds_unvalidated=10),
    )
    alone = fit(naive, rows.take(slice(None)), seen).predict(rows).y
    alone_survival = fit(survival, rows.take(slice(None)), seen, upper=upper).predict(rows).y
    fit(naive, rows, -seen)
    assert np.array_equal(fit(survival, rows, seen, upper=upper).predict(rows).y, alone_survival)
    assert np.array_equal(fit(naive, rows, seen).predict(rows).y, alone)


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
        fit(registry.create(VARIANTS[0]), rows, seen, upper=upper)


def test_the_variants_say_which_rows_they_want_marked():
    assert {info.name: info.censoring for info in registry.available() if info.censoring} == {
        "xgboost-aft-capped": "capped",
        "xgboost-aft-observed": "observed",
    }
