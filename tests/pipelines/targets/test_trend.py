"""A trend: pairs with a non-finite member go first, everything else sees the remainder."""

import numpy as np
import pytest

from poregrove.pipelines.targets.outcome import Reason
from poregrove.pipelines.targets.trend import read_trend

NAN, INF = np.nan, np.inf


def test_pairs_with_a_non_finite_member_are_dropped_and_counted():
    trend = read_trend(np.array([1, 2, NAN, 4, 5.0]), np.array([5, NAN, 4.8, INF, 4.6]))
    assert trend.cycle.tolist() == [1, 5]
    assert trend.capacity.tolist() == [5, 4.6]
    assert trend.dropped == 3
    assert trend.last_cycle == 5
    assert trend.reason is None


def test_a_dropped_first_pair_makes_the_second_the_first():
    trend = read_trend(np.array([1.0, 2, 3]), np.array([NAN, 4.9, 4.8]))
    assert (trend.cycle[0], trend.capacity[0]) == (2, 4.9)


@pytest.mark.parametrize(
    ("cycle", "capacity", "reason", "dropped"),
    [
        (None, None, Reason.NO_TREND, 0),
        (None, np.ones(3), Reason.NO_TREND, 0),
        (np.ones(3), None, Reason.NO_TREND, 0),
        (np.empty(0), np.empty(0), Reason.NO_TREND, 0),
        (np.array([1.0, 2]), np.array([NAN, NAN]), Reason.NO_TREND, 2),
        (np.array([1.0, 2]), np.array([5.0]), Reason.LENGTH_MISMATCH, 0),
        (np.empty(0), np.array([5.0]), Reason.LENGTH_MISMATCH, 0),
    ],
)
def test_a_trend_without_points_says_why(cycle, capacity, reason, dropped):
    trend = read_trend(cycle, capacity)
    assert (len(trend), trend.reason, trend.dropped) == (0, reason, dropped)
    assert np.isnan(trend.last_cycle)
