"""One model against another: the sign by the ratio of errors, the size by their difference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from poregrove.pipelines.scoring.bootstrap import Cells, Draws
from poregrove.pipelines.scoring.contrast import contrast
from poregrove.pipelines.scoring.losses import Sums

V, D = 20, 12
VOLUME, DESIGN = map(np.ravel, np.meshgrid(np.arange(V), np.arange(D), indexing="ij"))
CELLS = Cells(VOLUME, DESIGN)


def sums(*losses, seed=0):
    drawn = Draws(400, V, D, seed).sums(CELLS, np.stack(losses))
    return [Sums({"se": float(loss.sum())}, {"se": drawn[:, number]}) for number, loss in enumerate(losses)]


def total(one):
    return one.point["se"], one.draws["se"]


def test_half_the_error_everywhere_is_certain_however_the_errors_are_spread():
    skewed = np.exp(2.0 * np.random.default_rng(0).normal(size=D))[DESIGN]
    a, b = sums(skewed / 2, skewed * (1 + 0.01 * np.sin(VOLUME)))
    found = contrast(a, b, (1000.0, np.full(400, 1000.0)), 11)
    assert found.interval.value == pytest.approx((b.point["se"] - a.point["se"]) / 1000)
    assert 0 < found.interval.lo < found.interval.value < found.interval.hi
    assert found.p < 1e-6
    mirrored = contrast(b, a, (1000.0, np.full(400, 1000.0)), 11)
    assert (mirrored.interval.lo, mirrored.interval.hi) == pytest.approx((-found.interval.hi, -found.interval.lo))
    assert mirrored.p == pytest.approx(found.p)


def test_bounds_hold_zero_exactly_where_p_is_above_five_percent():
    seen = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        effects = np.exp(rng.normal(size=V)[VOLUME] * 0.5), np.exp(rng.normal(size=V)[VOLUME] * 0.5)
        a, b = sums(*effects, seed=seed)
        found = contrast(a, b, total(b), 11)
        assert found.interval.undetermined == (found.p >= 0.05)
        seen.add(found.interval.undetermined)
    assert seen == {True, False}


def test_two_models_that_err_alike_are_found_to_differ_at_most_as_often_as_the_level_says():
    wrong = 0
    for seed in range(200):
        rng = np.random.default_rng(1000 + seed)
        common = rng.exponential(size=D)[DESIGN]
        a, b = sums(
            *(common * rng.exponential(size=V)[VOLUME] * rng.exponential(size=V * D) for _ in range(2)), seed=seed
        )
        wrong += not contrast(a, b, total(b), 11).interval.undetermined
    assert wrong / 200 <= 0.08


def test_the_same_predictions_do_not_differ_and_perfect_ones_do():
    losses = np.random.default_rng(0).exponential(size=V * D)
    a, b, nothing = sums(losses, losses, losses * 0)
    same = contrast(a, b, total(a), 11)
    assert (same.interval.value, same.p) == (0.0, 1.0)
    assert same.interval.undetermined
    perfect = contrast(nothing, b, total(b), 11)
    assert (perfect.interval.value, perfect.p) == (1.0, 0.0)
    assert perfect.interval.lo == pytest.approx(1.0)
    neither = contrast(nothing, nothing, total(b), 11)
    assert neither.interval.undetermined


def test_without_clusters_nothing_is_claimed():
    a, b = sums(np.ones(V * D), 2 * np.ones(V * D))
    found = contrast(a, b, total(b), 0)
    assert found.interval.value == 0.5
    assert np.isnan([found.interval.lo, found.interval.hi, found.p]).all()


def test_an_uncertain_difference_is_value_plus_minus_t_times_spread():
    rng = np.random.default_rng(3)
    a, b = sums(rng.exponential(size=V)[VOLUME], rng.exponential(size=V)[VOLUME])
    found = contrast(a, b, (100.0, np.full(400, 100.0)), 11)
    assert found.interval.undetermined
    spread = ((b.draws["se"] - a.draws["se"]) / 100).std(ddof=1)
    assert found.interval.hi == pytest.approx(found.interval.value + (1 + 6 / 11) * t.ppf(0.975, 11) * spread)
