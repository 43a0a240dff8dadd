"""Mean discharge voltage over samples and over time."""

import numpy as np
import pytest
from one_cell import mean_voltage, mean_voltage_by_time, no_trace, read_trace

from poregrove.pipelines.targets.outcome import Reason


def trace_of(time, voltage, current):
    lists = (np.array(values, float) for values in (time, voltage, current))
    return read_trace(*lists, rest_threshold=0.01)


def both(trace, sign=1):
    return mean_voltage(trace, sign).value, mean_voltage_by_time(trace, sign).value


def test_even_steps_on_a_straight_fall_agree():
    assert both(trace_of([0, 1, 2], [4.0, 3.5, 3.0], [5, 5, 5])) == pytest.approx((3.5, 3.5))


def test_adaptive_steps_pull_the_sample_mean_to_where_the_samples_are():
    # 4.0 at 0, .1, .2 and 3.0 at 1.2: (.2 * 4.0 + 1.0 * 3.5) / 1.2
    sample, time = both(trace_of([0, 0.1, 0.2, 1.2], [4.0, 4.0, 4.0, 3.0], [5, 5, 5, 5]))
    assert sample == pytest.approx(3.75)
    assert time == pytest.approx(4.3 / 1.2)


def test_rest_and_charge_do_not_count():
    trace = trace_of([0, 1, 2, 3, 4, 5], [4.2, 4.0, 3.0, 3.3, 3.9, 4.1], [0, 5, 5, 0, -5, -5])
    assert both(trace) == pytest.approx((3.5, 3.5))


def test_two_discharges_are_integrated_one_by_one():
    # 4.0 for 1 h, a rest of 10 h, then 3.0 for 3 h
    trace = trace_of([0, 1, 1, 11, 11, 14], [4.0, 4.0, 4.1, 4.1, 3.0, 3.0], [5, 5, 0, 0, 5, 5])
    sample, time = both(trace)
    assert sample == pytest.approx(3.5)
    assert time == pytest.approx((1 * 4.0 + 3 * 3.0) / 4)


def test_two_discharges_around_a_charge_are_integrated_one_by_one():
    trace = trace_of([0, 1, 1, 5, 5, 8], [4.0, 4.0, 4.2, 4.2, 3.0, 3.0], [5, 5, -5, -5, 5, 5])
    assert both(trace)[1] == pytest.approx((1 * 4.0 + 3 * 3.0) / 4)


def test_the_sign_says_which_phase_is_discharge():
    trace = trace_of([0, 1, 2, 3], [4.0, 3.0, 3.5, 3.7], [-5, -5, 5, 5])
    assert both(trace, -1) == pytest.approx((3.5, 3.5))
    assert both(trace, 1) == pytest.approx((3.6, 3.6))


def test_currents_below_the_threshold_are_rest():
    trace = trace_of([0, 1, 2], [4.0, 3.0, 3.3], [5, 5, 0.049])
    assert both(trace) == pytest.approx((3.5, 3.5))


def test_samples_with_a_non_finite_member_are_dropped():
    trace = trace_of([0, 1, np.nan, 3, 2], [4.0, np.nan, 9.0, 9.0, 3.0], [5, 5, 5, np.inf, 5])
    assert both(trace) == pytest.approx((3.5, 3.5))


def test_repeated_times_are_no_trouble():
    assert both(trace_of([0, 0, 1, 1], [4.0, 4.0, 3.0, 3.0], [5, 5, 5, 5])) == pytest.approx((3.5, 3.5))


def test_a_single_sample_has_a_mean_but_no_duration():
    trace = trace_of([1.0], [3.7], [5.0])
    assert mean_voltage(trace, 1).value == 3.7
    outcome = mean_voltage_by_time(trace, 1)
    assert (np.isnan(outcome.value), outcome.reason) == (True, Reason.NO_DURATION)


def test_time_that_runs_back_gives_no_time_mean():
    outcome = mean_voltage_by_time(trace_of([0, 2, 1], [4.0, 3.5, 3.0], [5, 5, 5]), 1)
    assert (np.isnan(outcome.value), outcome.reason) == (True, Reason.TIME_RUNS_BACK)


@pytest.mark.parametrize("mean", [mean_voltage, mean_voltage_by_time])
def test_without_discharge_there_is_no_mean(mean):
    charge = trace_of([0, 1], [3.5, 3.6], [-5, -5])
    rest = trace_of([0, 1], [3.5, 3.6], [0, 0])
    assert mean(charge, 1).reason is Reason.NO_DISCHARGE
    assert mean(rest, 1).reason is Reason.NO_DISCHARGE
    assert mean(charge, 0).reason is Reason.SIGN_UNDECIDED
    assert mean(no_trace(Reason.EMPTY_CYCLE), 1).reason is Reason.EMPTY_CYCLE
    assert np.isnan(mean(charge, 1).value)
