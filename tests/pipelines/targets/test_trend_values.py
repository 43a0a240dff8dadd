"""Fade rate, retention and nominal capacity."""

import numpy as np
import pytest
from one_cell import fade_rate, nominal, read_trend, retained

from poregrove.pipelines.targets.outcome import Reason


def trend_of(capacity, cycle=None):
    capacity = np.array(capacity, float)
    return read_trend(np.arange(1, len(capacity) + 1.0) if cycle is None else np.array(cycle, float), capacity)


def test_fade_is_the_slope_through_all_points():
    assert fade_rate(trend_of([5.0, 4.9, 4.8, 4.7])).value == pytest.approx(-0.1, rel=1e-12)
    assert fade_rate(trend_of([5.0, 4.0], cycle=[10, 30])).value == pytest.approx(-0.05, rel=1e-12)
    # least squares by hand: x = 1, 2, 3, y = 3, 1, 2 -> slope -1/2
    assert fade_rate(trend_of([3.0, 1.0, 2.0])).value == pytest.approx(-0.5, rel=1e-12)


def test_fade_of_a_rising_trend_is_positive():
    assert fade_rate(trend_of([4.0, 4.5])).value == pytest.approx(0.5)


def test_fade_agrees_with_the_normal_equations_on_noise():
    rng = np.random.default_rng(3)
    x, y = np.sort(rng.uniform(1, 1000, 60)), rng.normal(5, 1, 60)
    design = np.column_stack([x, np.ones(60)])
    slope = np.linalg.lstsq(design, y, rcond=None)[0][0]
    assert fade_rate(trend_of(y, x)).value == pytest.approx(slope, rel=1e-9)


def test_fade_needs_two_points():
    outcome = fade_rate(trend_of([5.0]))
    assert (np.isnan(outcome.value), outcome.reason) == (True, Reason.TOO_FEW_POINTS)


def test_retention_is_last_over_first_in_percent():
    assert retained(trend_of([5.0, 5.4, 4.0])).value == pytest.approx(80.0)
    assert retained(trend_of([np.nan, 4.0, 3.0, np.nan])).value == pytest.approx(75.0)
    assert retained(trend_of([5.0])).value == 100.0


def test_retention_of_nothing_is_undefined():
    outcome = retained(trend_of([0.0, 4.0]))
    assert (np.isnan(outcome.value), outcome.reason) == (True, Reason.NO_FIRST_CAPACITY)


def test_nominal_capacity_is_the_first_finite_one():
    assert nominal(trend_of([np.nan, 4.6, 4.5])).value == 4.6


@pytest.mark.parametrize("target", [fade_rate, retained, nominal])
def test_a_missing_trend_is_nan_with_its_reason(target):
    outcome = target(read_trend(None, None))
    assert (np.isnan(outcome.value), outcome.reason) == (True, Reason.NO_TREND)
