"""Cycle life: known trends with known answers, each rule of the definition by itself."""

import numpy as np
import pytest
from one_cell import life, read_trend

from poregrove.pipelines.targets.outcome import Reason


def life_of(capacity, cycle=None, *, end_of_life=0.8, cap=5000.0):
    capacity = np.array(capacity, float)
    cycle = np.arange(1, len(capacity) + 1, dtype=float) if cycle is None else np.array(cycle, float)
    return life(read_trend(cycle, capacity), end_of_life=end_of_life, cap=cap)


def test_measured_is_the_first_cycle_at_or_below_the_limit():
    life = life_of([5.0, 4.5, 4.0, 3.5])
    assert (life.value, life.status, life.reason) == (3, "measured", None)


def test_measured_is_the_cycle_number_not_the_index():
    assert life_of([5.0, 4.5, 3.9, 3.5], cycle=[10, 20, 35, 50]).value == 35


def test_a_capacity_that_recovers_above_the_limit_has_no_end_of_life():
    life = life_of([5.0, 3.9, 4.9, 4.9])
    assert (np.isnan(life.value), life.status, life.reason) == (True, None, Reason.CAPACITY_RECOVERS)


def test_noise_about_the_limit_is_no_recovery():
    assert life_of([5.0, 4.5, 3.99, 4.02, 3.9]).value == 3


def test_limit_hit_at_once():
    life = life_of([5.0, 1.0])
    assert (life.value, life.status) == (2, "measured")
    at_first = life_of([5.0, 4.9, 4.8], cycle=[7, 8, 9], end_of_life=1.0)
    assert (at_first.value, at_first.status) == (7, "measured")


def test_projection_of_a_straight_line_is_exact():
    cycle = np.arange(1, 21.0)
    life = life_of(5.0 - 0.02 * (cycle - 1))
    assert life.value == pytest.approx(51.0, rel=1e-12)
    assert life.status == "projected"


def test_projection_uses_the_last_half_even_length():
    # y[2:] = 4.6, 4.4 at 3, 4: slope -.2, 4.0 is reached at 6
    life = life_of([5.0, 4.9, 4.6, 4.4])
    assert life.value == pytest.approx(6.0, rel=1e-12)


def test_projection_uses_the_last_half_odd_length():
    # n // 2 = 2: y[2:] = 4.7, 4.5, 4.3 at 3, 4, 5: slope -.2, 4.0 is reached at 6.5
    life = life_of([5.0, 1000.0, 4.7, 4.5, 4.3])
    assert life.value == pytest.approx(6.5, rel=1e-12)


def test_projection_works_in_cycle_numbers():
    life = life_of([5.0, 4.9, 4.6, 4.4], cycle=[10, 20, 30, 50])
    # slope -.01 from (30, 4.6): 4.0 is reached at 90
    assert life.value == pytest.approx(90.0, rel=1e-12)


def test_the_last_half_is_taken_after_nan_is_dropped():
    life = life_of([5.0, np.nan, 4.9, 4.6, 4.4], cycle=[1, 1.5, 2, 3, 4])
    assert life.value == pytest.approx(6.0, rel=1e-12)


@pytest.mark.parametrize("capacity", [[5.0] * 8, [4.0, 4.1, 4.2, 4.3], [5.0, 4.5, 4.4, 4.4]])
def test_flat_and_rising_trends_are_censored_at_the_cap(capacity):
    life = life_of(capacity)
    assert (life.value, life.status) == (5000.0, "censored")


def test_a_solution_above_the_cap_is_censored():
    cycle = np.arange(1, 11.0)
    slow = 5.0 - 1e-4 * (cycle - 1)  # solved for 4.0: cycle 10001
    assert life_of(slow).status == "censored"
    assert life_of(slow, cap=20_000.0).value == pytest.approx(10_001.0, rel=1e-6)
    assert life_of(slow, cap=300.0).value == 300.0
    assert life_of(slow, cap=10_000.0).status == "censored"
    assert life_of(slow, cap=10_002.0).status == "projected"


def test_a_projection_before_the_last_cycle_is_raised_to_it():
    # the line through (3, 4.5), (4, 4.01), (5, 4.01) has slope -.245 and is at 4.0 at 4.7
    life = life_of([5.0, 4.9, 4.5, 4.01, 4.01])
    assert (life.value, life.status) == (5.0, "floored")


def test_one_point_gives_no_line_and_a_null_status():
    life = life_of([5.0])
    assert np.isnan(life.value)
    assert (life.status, life.reason) == (None, Reason.TOO_FEW_POINTS)


def test_two_points_above_the_limit_leave_one_for_the_line():
    life = life_of([5.0, 4.9])
    assert np.isnan(life.value)
    assert (life.status, life.reason) == (None, Reason.TOO_FEW_POINTS)


def test_three_points_leave_two():
    life = life_of([5.0, 4.8, 4.6])
    assert life.value == pytest.approx(6.0, rel=1e-12)


def test_one_cycle_number_gives_no_line():
    life = life_of([5.0, 4.9, 4.8, 4.7], cycle=[3, 3, 3, 3])
    assert (np.isnan(life.value), life.status, life.reason) == (True, None, Reason.REPEATED_CYCLE)


@pytest.mark.parametrize(("first", "reason"), [(0.0, Reason.NO_FIRST_CAPACITY), (-1.0, Reason.NEGATIVE_CAPACITY)])
def test_a_first_capacity_that_is_not_positive_gives_no_life(first, reason):
    life = life_of([first, 4.0, 3.0])
    assert (np.isnan(life.value), life.reason) == (True, reason)


def test_reasons_of_the_trend_are_passed_on():
    found = life(read_trend(np.ones(2), np.ones(3)), end_of_life=0.8, cap=5000.0)
    assert (np.isnan(found.value), found.status, found.reason) == (True, None, Reason.LENGTH_MISMATCH)
