"""Variance shares by hand, by theory, and where they do not exist."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.pipelines.scoring.variance_shares import PARTS, variance_shares


def complete(n_volumes, n_designs):
    return np.repeat(np.arange(n_volumes), n_designs), np.tile(np.arange(n_designs), n_volumes)


def test_a_complete_crossing_by_hand():
    #            design 0  1  2      mean
    # volume 0        1    2  6      3
    # volume 1        3    6  6      5
    # mean            2    4  6      4; SST = 9+4+4+1+4+4 = 26, designs 2(4+0+4) = 16, volumes 3(1+1) = 6
    volume, design = complete(2, 3)
    shares = variance_shares(np.array([1.0, 2.0, 6.0, 3.0, 6.0, 6.0]), volume, design)
    assert shares == pytest.approx({"design": 16 / 26, "volume": 6 / 26, "interaction+noise": 4 / 26})


def test_an_incomplete_crossing_agrees_with_the_effects_that_made_it():
    rng = np.random.default_rng(0)
    volume, design = complete(150, 80)
    y = 3 * rng.normal(size=150)[volume] + 4 * rng.normal(size=80)[design] + 2 * rng.normal(size=len(volume))
    whole = variance_shares(y, volume, design)
    kept = rng.random(len(y)) < 0.15
    part = variance_shares(y[kept], volume[kept], design[kept])
    assert sum(part.values()) == pytest.approx(1)
    for name in PARTS:
        assert part[name] == pytest.approx(whole[name], abs=0.05)


def test_order_and_names_of_the_groups_do_not_matter():
    rng = np.random.default_rng(1)
    volume, design, y = rng.integers(0, 8, 60), rng.integers(0, 6, 60), rng.normal(size=60)
    order = rng.permutation(60)
    one = variance_shares(y, volume, design)
    assert variance_shares(y[order], 100 - volume[order], design[order] * 7) == pytest.approx(one)
    swapped = variance_shares(y, design, volume)
    assert (swapped["design"], swapped["volume"]) == pytest.approx((one["volume"], one["design"]))


@pytest.mark.parametrize("case", ["constant", "own design", "saturated"])
def test_what_cannot_be_told_apart_has_no_share(case):
    volume, design = complete(5, 4)
    y = np.arange(20.0)
    if case == "constant":
        y = y * 0 + 0.1
    if case == "own design":
        volume = design = np.arange(20)
    if case == "saturated":
        volume, design, y = np.array([0, 0, 1]), np.array([0, 1, 1]), np.arange(3.0)
    assert np.isnan(list(variance_shares(y, volume, design).values())).all()
