"""The resistance at a jump of the current: kinds, preference, signs, and what is no resistance."""

import numpy as np
import pytest
from one_cell import no_trace, read_trace, resistance

from poregrove.pipelines.targets.outcome import Reason

R = 0.02


def trace_of(current, voltage=None, open_circuit=4.0):
    """A cell of resistance R: the voltage follows the current at once."""
    current = np.array(current, float)
    voltage = open_circuit - R * current if voltage is None else np.array(voltage, float)
    return read_trace(np.arange(len(current), dtype=float), voltage, current, rest_threshold=0.01)


def dcir(current, voltage=None, sign=1, *, strict=False):
    return resistance(trace_of(current, voltage), sign, strict=strict)


@pytest.mark.parametrize(
    ("current", "method", "voltage"),
    [
        ([0, 0, 5, 5], "rest_to_discharge", 4.0),
        ([0, 0, -5, -5], "rest_to_charge", 4.0),
        ([5, 5, 0, 0], "discharge_to_rest", 4.0 - 5 * R),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_each_kind_of_jump_gives_the_resistance_under_both_signs(current, method, voltage, sign):
    # Only the stored sign differs: the cell, and so its voltage, is the same.
    cell = 4.0 - R * np.array(current, float)
    found = dcir(sign * np.array(current, float), cell, sign=sign)
    assert found.value == pytest.approx(R, rel=1e-12)
    assert (found.method, found.reason) == (method, None)
    assert found.voltage == pytest.approx(voltage)


def test_rest_to_discharge_is_preferred_wherever_it_stands():
    found = dcir([5, 0, -5, 0, 5, 5])
    assert found.method == "rest_to_discharge"


def test_rest_to_charge_is_preferred_to_discharge_to_rest():
    assert dcir([5, 0, -5, -5]).method == "rest_to_charge"


def test_the_first_jump_of_a_kind_counts():
    current = [0, 5, 0, 5]
    voltage = [4.0, 3.9, 4.0, 3.5]
    assert dcir(current, voltage).value == pytest.approx(0.02)


def test_a_rest_in_the_middle_serves_where_none_leads():
    found = dcir([5, 5, 0, 0, 5, 5])
    assert (found.method, found.value) == ("rest_to_discharge", pytest.approx(R))


@pytest.mark.parametrize("current", [[5, 5, 5], [5, -5, 5, -5], [-5, -5], [0, 0, 0], [5], [-5, 0]])
def test_without_a_jump_there_is_no_resistance(current):
    found = dcir(current)
    assert np.isnan(found.value)
    assert (found.reason, found.method) == (Reason.NO_JUMP, None)
    assert np.isnan(found.voltage)


def test_strict_allows_no_substitute():
    assert dcir([0, 5], strict=True).value == pytest.approx(R)
    found = dcir([5, 0, -5], strict=True)
    assert (np.isnan(found.value), found.reason, found.method) == (True, Reason.NO_REST_TO_DISCHARGE, None)


@pytest.mark.parametrize("voltage", [[3.9, 4.0], [4.0, 4.0]])
def test_a_resistance_that_is_not_positive_is_nan_with_its_jump(voltage):
    found = dcir([0, 5], voltage)
    assert np.isnan(found.value)
    assert (found.reason, found.method) == (Reason.NOT_POSITIVE, "rest_to_discharge")
    assert found.voltage == voltage[0]


def test_rest_is_below_one_percent_of_the_largest_current():
    assert dcir([0.0499, 5.0]).method == "rest_to_discharge"
    assert dcir([0.05, 5.0]).reason is Reason.NO_JUMP


def test_a_small_current_at_rest_enters_the_difference():
    found = dcir([0.04, 5.0], [4.0, 3.9])
    assert found.value == pytest.approx(0.1 / 4.96)


def test_a_sample_with_nan_is_dropped_before_jumps_are_sought():
    found = dcir([0, np.nan, 5], [4.0, 3.95, 3.9])
    assert found.value == pytest.approx(0.02)


def test_an_unknown_sign_gives_no_resistance():
    assert dcir([0, 5], sign=0).reason is Reason.SIGN_UNDECIDED


@pytest.mark.parametrize("reason", [Reason.NO_CYCLE, Reason.EMPTY_CYCLE, Reason.LENGTH_MISMATCH, Reason.INVALID_JSON])
def test_the_reason_of_a_missing_cycle_is_passed_on(reason):
    found = resistance(no_trace(reason), 1, strict=False)
    assert (np.isnan(found.value), found.reason) == (True, reason)
