"""The cluster bootstrap: its sums against loops, its intervals against known truths."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from scipy.stats import t

from poregrove.pipelines.scoring import bootstrap
from poregrove.pipelines.scoring.bootstrap import Cells, Draws
from poregrove.pipelines.scoring.interval import explained_interval, linear_interval, p_value, positive_interval

log = logging.getLogger(__name__)


def crossed(n_volumes, n_designs):
    volume, design = map(np.ravel, np.meshgrid(np.arange(n_volumes), np.arange(n_designs), indexing="ij"))
    return Cells(volume, design)


def test_sums_are_weights_times_losses_times_weights():
    rng = np.random.default_rng(0)
    cells, draws = crossed(5, 4), Draws(30, 7, 6, seed=3)
    losses = rng.random((2, 20))
    sums = draws.sums(cells, losses)
    u, w = draws.kept_weights
    for number in (0, 17, 29):
        for array in range(2):
            expected = sum(
                losses[array, cell] * u[number, cells.volume[cell]] * w[number, cells.design[cell]]
                for cell in range(20)
            )
            assert sums[number, array] == pytest.approx(expected)


def test_few_filled_cells_many_draws_and_chunks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    pairs = rng.choice(40 * 50, 60, replace=False)
    cells, losses = Cells(pairs // 50, pairs % 50), rng.random((2, 60))
    usual = Draws(500, 40, 50).sums(cells, losses)
    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "_KEPT_NUMBERS", 0)
        np.testing.assert_allclose(Draws(500, 40, 50).sums(cells, losses), usual)
        patch.setattr(bootstrap, "_CHUNK_NUMBERS", 700)
        patch.setattr(bootstrap, "_KEPT_NUMBERS", 10**6)
        bootstrap.all_weights.cache_clear()
        np.testing.assert_allclose(Draws(500, 40, 50).sums(Cells(pairs // 50, pairs % 50), losses), usual)
    monkeypatch.setattr(bootstrap, "_WHOLE_BELOW", 0)
    np.testing.assert_allclose(Draws(500, 40, 50).sums(cells, losses), usual)
    monkeypatch.setattr(bootstrap, "_SPARSE_BELOW", 0.0)
    np.testing.assert_allclose(Draws(500, 40, 50).sums(cells, losses), usual)
    monkeypatch.setattr(bootstrap, "_DOUBLE_BELOW", 0)
    np.testing.assert_allclose(Draws(500, 40, 50).sums(cells, losses), usual, rtol=1e-5)
    monkeypatch.setattr(bootstrap, "_DOUBLE_BELOW", 10**6)
    monkeypatch.setattr(bootstrap, "_KEPT_NUMBERS", 0)
    np.testing.assert_allclose(Draws(500, 40, 50).sums(cells, losses), usual)
    monkeypatch.setattr(bootstrap, "_CHUNK_NUMBERS", 700)
    monkeypatch.setattr(bootstrap, "_KEPT_NUMBERS", 10**6)
    np.testing.assert_allclose(Draws(500, 40, 50).sums(cells, losses), usual)


def test_a_dimension_with_one_cluster_does_not_vary():
    cells = Cells(np.arange(8), np.zeros(8, int))
    draws = Draws(400, 8, 5)
    sums = draws.sums(cells, np.ones((1, 8)))
    np.testing.assert_allclose(sums[:, 0], draws.kept_weights[0].sum(axis=1))
    assert cells.degrees_of_freedom == 7
    alone = Cells(np.array([3]), np.array([2]))
    assert alone.degrees_of_freedom == 0
    interval = linear_interval(1.0, draws.sums(alone, np.ones((1, 1)))[:, 0], 0)
    assert np.isnan(interval.lo)
    assert interval.undetermined


def coverage(n_volumes, n_designs, repetitions, count):
    """Shares of repetitions in which the cluster and the row bootstrap hold the true mean loss."""
    rng = np.random.default_rng(5)
    cells = crossed(n_volumes, n_designs)
    n = len(cells.volume)
    held = np.zeros(3)
    for repetition in range(repetitions):
        effects = rng.normal(size=n_volumes)[cells.volume] + rng.normal(size=n_designs)[cells.design]
        losses = 6.0 + effects + rng.normal(size=n)
        sums = Draws(count, n_volumes, n_designs, seed=repetition).sums(cells, np.stack([losses, np.ones(n)]))
        ratios = sums[:, 0] / sums[:, 1]
        rows = losses[rng.integers(0, n, (count, n))].mean(axis=1)
        for number, interval in enumerate(
            (
                linear_interval(losses.mean(), ratios, cells.degrees_of_freedom),
                positive_interval(losses.mean(), ratios, cells.degrees_of_freedom),
            )
        ):
            held[number] += interval.lo <= 6.0 <= interval.hi
        lo, hi = np.percentile(rows, [2.5, 97.5])
        held[2] += lo <= 6.0 <= hi
    return held / repetitions


def test_cluster_intervals_cover_where_the_row_bootstrap_does_not():
    linear, positive, rows = coverage(24, 13, repetitions=150, count=300)
    assert min(linear, positive) >= 0.92
    assert rows < 0.7


@pytest.mark.slow
@pytest.mark.parametrize(("n_volumes", "n_designs"), [(24, 13), (60, 32)])
def test_cluster_intervals_cover_in_the_long_run(n_volumes, n_designs):
    linear, positive, rows = coverage(n_volumes, n_designs, repetitions=500, count=1000)
    log.info("%d x %d: cluster %.3f, on logarithms %.3f, rows %.3f", n_volumes, n_designs, linear, positive, rows)
    assert min(linear, positive) >= 0.92
    assert rows < 0.7


def test_spread_of_the_draws_is_the_standard_error_of_two_way_effects():
    rng = np.random.default_rng(1)
    cells = crossed(200, 100)
    losses = rng.normal(size=200)[cells.volume] + 2 * rng.normal(size=100)[cells.design]
    sums = Draws(2000, 200, 100).sums(cells, np.stack([losses, np.ones(len(losses))]))
    assert (sums[:, 0] / sums[:, 1]).std() == pytest.approx(np.sqrt(1 / 200 + 4 / 100), rel=0.15)


def test_deals_have_the_variance_of_their_mean():
    sums = np.array([3.0, 1.0, 4.0, 1.0, 6.0])
    means = Draws(200_000, 1, 1).deals(5) @ sums
    assert means.mean() == pytest.approx(3.0, abs=0.02)
    assert means.var() == pytest.approx(sums.var(ddof=1) / 5, rel=0.02)
    np.testing.assert_array_equal(Draws(3, 1, 1).deals(1), 1)


def test_intervals_by_hand():
    draws = np.array([1.0, 2.0, 3.0])
    half = (1 + 6 / 4) * t.ppf(0.975, 4)
    linear = linear_interval(2.0, draws, 4)
    assert (linear.lo, linear.hi) == pytest.approx((2 - half, 2 + half))
    factor = np.exp(half * np.log(draws).std(ddof=1))
    positive = positive_interval(2.0, draws, 4)
    assert (positive.lo, positive.hi) == pytest.approx((2 / factor, 2 * factor))
    explained = explained_interval(0.2, draws, 4)
    assert (explained.value, explained.lo, explained.hi) == pytest.approx((0.8, 1 - 0.2 * factor, 1 - 0.2 / factor))
    perfect = explained_interval(0.0, draws * 0, 4)
    assert (perfect.value, perfect.lo, perfect.hi) == (1.0, 1.0, 1.0)
    assert p_value(2.0, draws, 4) == pytest.approx(2 * t.sf(2.0 / (1 + 6 / 4), 4))
    assert p_value(0.0, draws * 0, 4) == 1.0
    assert np.isnan(p_value(2.0, draws, 0))
