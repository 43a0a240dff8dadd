"""Conformal bounds of grouped rows: counted by hand, and covering where groups are exchangeable."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.pipelines.training.conformal import Held, bounds, group_quantile, n_groups, scores


def test_nine_groups_of_one_bound_ninety_percent_by_the_largest_error():
    errors = np.array([5.0, 1.0, 9.0, 2.0, 3.0, 7.0, 4.0, 8.0, 6.0])
    assert group_quantile(errors, np.arange(9), 0.9) == 9.0
    assert group_quantile(errors, np.arange(9), 0.5) == 5.0
    assert group_quantile(errors, np.arange(9), 0.95) == np.inf


def test_fewer_than_nine_groups_bound_nothing():
    errors = np.arange(800.0)
    assert group_quantile(errors, np.arange(800) % 8, 0.5) == np.inf
    assert group_quantile(errors, np.arange(800) % 9, 0.5) < np.inf


def test_groups_of_one_are_the_usual_split_conformal_quantile():
    """The ceil((n + 1) a)-th smallest of n residuals."""
    rng = np.random.default_rng(0)
    for n in (9, 19, 57, 100):
        errors = rng.exponential(size=n)
        assert group_quantile(errors, rng.permutation(n), 0.9) == np.sort(errors)[int(np.ceil((n + 1) * 0.9)) - 1]


def test_a_group_weighs_the_same_whatever_its_number_of_rows():
    """Nineteen quiet groups of one row and one loud group of a thousand: its rows cannot set the quantile."""
    errors = np.concatenate([np.full(19, 1.0), np.full(1000, 100.0)])
    group = np.concatenate([np.arange(19), np.full(1000, 19)])
    assert group_quantile(errors, group, 0.9) == 1.0
    assert np.quantile(errors, 0.9) == 100.0


def test_a_new_group_is_covered_as_often_as_promised():
    """y = group effect + noise: rows of a new group lie inside in at least 90 %, where plain quantiles fall short."""
    rng = np.random.default_rng(1)
    covered, plain = [], []
    for _ in range(400):
        effects = rng.normal(size=11)
        rows = np.abs(effects[:, None] + 0.2 * rng.normal(size=(11, 20)))
        errors, group = rows[:10].ravel(), np.repeat(np.arange(10), 20)
        covered.append((rows[10] <= group_quantile(errors, group, 0.9)).mean())
        plain.append((rows[10] <= np.quantile(errors, 0.9)).mean())
    assert np.mean(covered) > 0.9 - 0.02
    assert np.mean(plain) < np.mean(covered)


def sorted_by_hand(held, level):
    """CV+ as its paper writes it: the weighted quantile of all sums of a prediction and a score, row by row."""
    group = np.concatenate([part.group for part in held])
    size = {name: (group == name).sum() for name in np.unique(group)}
    weight = np.array([1 / (size[name] * (len(size) + 1)) for name in group])
    found = []
    for row in range(len(held[0].hi)):
        sums = np.concatenate([part.hi[row] + part.score for part in held])
        order = np.argsort(sums)
        found.append(sums[order][np.flatnonzero(np.cumsum(weight[order]) >= level - 1e-12)[0]])
    return np.array(found)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_several_models_are_weighed_as_cv_plus_says(level):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 30, 200)
    held = [
        Held(at := rng.normal(size=7), at + 1, rng.exponential(size=(part := group[group % 3 == fold]).size), part)
        for fold in range(3)
    ]
    lo, hi = bounds(held, level)
    np.testing.assert_allclose(hi, sorted_by_hand(held, level), rtol=1e-12)
    mirrored = [Held(-part.hi, -part.lo, part.score, part.group) for part in held]
    np.testing.assert_allclose(lo, -sorted_by_hand(mirrored, level), rtol=1e-12)


def test_models_that_agree_are_as_good_as_one():
    rng = np.random.default_rng(1)
    group, score, at = np.repeat(np.arange(20), 5), rng.exponential(size=100), rng.normal(size=4)
    one = bounds([Held(at, at, score, group)])
    several = bounds([Held(at, at, score[group % 4 == k], group[group % 4 == k]) for k in range(4)])
    np.testing.assert_allclose(several, one, rtol=1e-12)
    assert n_groups([Held(at, at, score[group % 4 == k], group[group % 4 == k]) for k in range(4)]) == 20


def test_scores_are_negative_inside_so_that_wide_quantiles_shrink():
    np.testing.assert_array_equal(
        scores(np.array([0.0, 3.0, -2.0]), np.full(3, -1.0), np.full(3, 1.0)), [-1.0, 2.0, 1.0]
    )
    y, group = np.zeros(50), np.arange(50)
    (lo,), (hi,) = bounds([Held(np.array([-5.0]), np.array([5.0]), scores(y, y - 5, y + 5), group)])
    assert (lo, hi) == (0.0, 0.0)


def test_too_few_groups_bound_nothing_however_many_models():
    at = np.zeros(3)
    lo, hi = bounds([Held(at, at, np.ones(40), np.arange(40) % 4 + 4 * k) for k in range(2)])
    assert np.isinf(lo).all()
    assert np.isinf(hi).all()


def test_a_model_that_calibrates_on_nothing_takes_no_part():
    rng = np.random.default_rng(2)
    at, score = rng.normal(size=3), rng.exponential(size=30)
    full = Held(at, at, score, np.arange(30))
    empty = Held(at + 100, at + 100, np.zeros(0), np.zeros(0, int))
    np.testing.assert_allclose(bounds([full, empty]), bounds([full]), rtol=1e-12)


def test_without_a_guarantee_no_group_lies_at_infinity():
    """Ten groups of one, each weighing a tenth: the ninth error bounds 90 %, where the guarantee takes the tenth."""
    at, errors, group = np.zeros(2), np.arange(1.0, 11.0), np.arange(10)
    for held in (
        [Held(at, at, errors, group)],
        [Held(at, at, errors[group % 2 == part], group[group % 2 == part]) for part in range(2)],
    ):
        np.testing.assert_allclose(bounds(held), (np.full(2, -10.0), np.full(2, 10.0)))
        np.testing.assert_allclose(bounds(held, unseen=0), (np.full(2, -9.0), np.full(2, 9.0)))
