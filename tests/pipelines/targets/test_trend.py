"""A trend: pairs with a non-finite member go first, everything else sees the remainder."""

import numpy as np
import pytest
from one_cell import fade_rate, nominal, read_trend, retained

from poregrove.pipelines.targets.fault import Fault
from poregrove.pipelines.targets.outcome import Reason

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


class TestFaults:
    """Each rule of ``Fault``, by a trend that loses 0.1 Ah a cycle from 5 Ah."""

    cycle = np.arange(1.0, 21.0)
    capacity = 5.0 - 0.1 * np.arange(20.0)

    def read(self, cycle=None, capacity=None):
        return read_trend(self.cycle if cycle is None else cycle, self.capacity if capacity is None else capacity)

    def test_a_sound_trend_has_none(self):
        assert (self.read().faults, self.read().no_end) == ((), None)

    @pytest.mark.parametrize("order", [sorted(range(20), key=lambda at: str(at + 1)), range(19, -1, -1)])
    def test_out_of_order(self, order):
        trend = self.read(self.cycle[list(order)], self.capacity[list(order)])
        assert trend.faults == (Fault.UNSORTED,)
        assert np.array_equal(trend.cycle, self.cycle)
        assert np.array_equal(trend.capacity, self.capacity)

    def test_pairs_there_twice_count_once(self):
        trend = self.read(np.concatenate([self.cycle, self.cycle]), np.concatenate([self.capacity, self.capacity]))
        assert set(trend.faults) == {Fault.UNSORTED, Fault.REPEATED}
        assert np.array_equal(trend.capacity, self.capacity)

    def test_a_count_that_restarts_has_no_order(self):
        trend = self.read(np.concatenate([self.cycle[:10], self.cycle[:10]]))
        assert (trend.reason, len(trend)) == (Reason.REPEATED_CYCLE, 0)
        assert Fault.REPEATED in trend.faults

    def test_negative(self):
        trend = self.read(capacity=-self.capacity)
        assert (trend.reason, trend.faults) == (Reason.NEGATIVE_CAPACITY, (Fault.NEGATIVE,))

    def test_zeros_between_are_left_out_and_a_first_one_is_no_capacity(self):
        capacity = self.capacity.copy()
        capacity[[4, 9]] = 0.0
        trend = self.read(capacity=capacity)
        assert trend.faults == (Fault.ZERO,)
        assert 0.0 not in trend.capacity
        assert trend.last_cycle == 20
        capacity[0] = 0.0
        assert self.read(capacity=capacity).reason == Reason.NO_FIRST_CAPACITY

    def test_a_first_cycle_cut_short(self):
        capacity = self.capacity.copy()
        capacity[0] = 0.02
        trend = self.read(capacity=capacity)
        assert (trend.reason, trend.faults) == (Reason.FIRST_CYCLE_CUT, (Fault.FIRST_CUT,))

    def test_a_last_cycle_cut_short_leaves_the_first(self):
        capacity = self.capacity.copy()
        capacity[-1] = 0.3
        trend = self.read(capacity=capacity)
        assert (trend.reason, trend.tail, trend.faults) == (None, Reason.LAST_CYCLE_CUT, (Fault.LAST_CUT,))
        assert nominal(trend).value == 5.0
        for target in (retained, fade_rate):
            assert target(trend).reason == Reason.LAST_CYCLE_CUT

    def test_recovery_is_told_and_changes_no_number(self):
        capacity = self.capacity.copy()
        capacity[10:] += 0.6
        trend = self.read(capacity=capacity)
        assert trend.faults == (Fault.RECOVERS,)
        assert np.array_equal(trend.capacity, capacity)
