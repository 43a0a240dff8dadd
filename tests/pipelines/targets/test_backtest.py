"""The back-test: a measured trend, cut early, projected by the rule that projects everything else."""

import numpy as np
import pytest
from one_cell import projections, read_trend

RULE = {"end_of_life": 0.8, "cap": 5000.0}


def projected(capacity, cycle=None):
    capacity = np.array(capacity, float)
    cycle = np.arange(1, len(capacity) + 1.0) if cycle is None else np.array(cycle, float)
    trend = read_trend(cycle, capacity)
    return projections(trend, **RULE)


def test_a_straight_line_is_projected_to_its_true_end_from_every_cut():
    cycle = np.arange(1, 30.0)
    assert projected(5.0 - 0.05 * (cycle - 1)) == pytest.approx((21.0, 21.0, 21.0), rel=1e-9)


def test_an_accelerating_fade_is_projected_too_long_and_ever_less_so():
    cycle = np.arange(1, 60.0)
    capacity = 5.0 - 0.0005 * cycle**2
    at_86, at_90, at_95 = projected(capacity)
    true = cycle[capacity <= 0.8 * capacity[0]][0]
    assert true < at_86 < at_90 < at_95


def test_the_cut_ends_with_the_first_point_at_the_share():
    # 4.25 <= .86 * 5 at cycle 4; the last half of 5, 4.8, 4.5, 4.25 is 4.5, 4.25: 4.0 at 5
    at_86, at_90, at_95 = projected([5.0, 4.8, 4.5, 4.25, 4.24, 3.0])
    assert at_86 == pytest.approx(5.0)
    # 4.5 <= .9 * 5 at cycle 3: 4.8, 4.5 -> 4.0 at 3 + 5/3
    assert at_90 == pytest.approx(3 + 5 / 3)
    assert at_95 == pytest.approx(at_90)


def test_a_fall_through_share_and_limit_at_once_projects_nothing():
    # 4.7 <= .95 * 5 at cycle 3: 4.9, 4.7 -> 4.0 at 6.5
    at_86, at_90, at_95 = projected([5.0, 4.9, 4.7, 3.0])
    assert np.isnan([at_86, at_90]).all()
    assert at_95 == pytest.approx(6.5)


def test_only_measured_lives_are_tested():
    assert np.isnan(projected([5.0, 4.7, 4.4, 4.2])).all()
    assert np.isnan(projected([5.0])).all()
