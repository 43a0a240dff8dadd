"""The sign of discharge: the one under which the voltage falls."""

import numpy as np
import pytest
from one_cell import no_trace, read_trace, vote

from poregrove.pipelines.targets.outcome import Reason
from poregrove.pipelines.targets.sign import majority


def vote_of(current, voltage):
    current, voltage = np.array(current, float), np.array(voltage, float)
    return vote(read_trace(np.arange(len(current), dtype=float), voltage, current, rest_threshold=0.01))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("current", "voltage"),
    [
        ([5, 5, 5], [4.1, 3.8, 3.0]),
        ([-5, -5, -5], [3.0, 3.8, 4.1]),
        ([5, 5, 0, 0, -5, -5], [4.1, 3.0, 3.2, 3.5, 3.6, 4.2]),
        ([0, 0, 5, 5], [4.2, 4.2, 4.1, 3.0]),
    ],
)
def test_the_voltage_falls_on_discharge_and_rises_on_charge(current, voltage, sign):
    assert vote_of(sign * np.array(current), voltage) == sign


def test_jumps_and_rests_do_not_vote():
    # The jump from rest and the relaxation are large, the fall within the discharge decides.
    assert vote_of([0, 0, -5, -5, 0], [3.0, 3.4, 3.9, 3.8, 4.2]) == -1


@pytest.mark.parametrize(
    ("current", "voltage"), [([5, 5], [4.0, 4.0]), ([0, 0], [4.0, 3.0]), ([5], [4.0]), ([5, -5], [4, 3])]
)
def test_what_does_not_tell_does_not_vote(current, voltage):
    assert vote_of(current, voltage) == 0


def test_no_cycle_has_no_vote():
    assert vote(no_trace(Reason.NO_CYCLE)) == 0


def test_majority():
    assert majority({1: 3, -1: 2}) == 1
    assert majority({1: 3, -1: 4}) == -1
    assert majority({1: 2, -1: 2}) == 0
    assert majority({}) == 0
