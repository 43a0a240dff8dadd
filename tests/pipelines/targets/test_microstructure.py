"""Targets that the data set states: where its numbers can be what they claim to be."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from one_cell import only

from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.targets.outcome import Reason
from poregrove.pipelines.targets.volume import VolumeProperties, volume_targets
from poregrove.schema import VOLUME_TARGETS

NAN, INF = math.nan, math.inf
COLUMN, DERIVED = TargetSettings(), TargetSettings(bruggeman="derived")


def targets(tau=2.0, porosity=0.5, d_eff=0.25, bruggeman=2.0, settings=COLUMN):
    columns = (None if value is None else np.array([value]) for value in (tau, porosity, d_eff, bruggeman))
    found = volume_targets(1, VolumeProperties(*columns), settings)
    return SimpleNamespace(**{name: only(getattr(found, name)) for name in VOLUME_TARGETS})


def test_possible_numbers_are_kept():
    found = targets()
    values = (found.tau_factor.value, found.porosity.value, found.d_eff.value, found.bruggeman_exponent.value)
    assert values == (2.0, 0.5, 0.25, 2.0)
    assert found.tau_factor.reason is None


@pytest.mark.parametrize("value", [0.0, 0.9989, INF, -INF, -313446.5])
def test_impossible_tau(value):
    found = targets(tau=value)
    assert (math.isnan(found.tau_factor.value), found.tau_factor.reason) == (True, Reason.INVALID_TAU)
    assert found.bruggeman_exponent.reason is Reason.NO_VALID_TAU


def test_tau_may_fall_a_little_short_of_one():
    assert targets(tau=0.999).tau_factor.value == 0.999


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.2, INF])
def test_impossible_porosity(value):
    found = targets(porosity=value)
    assert (math.isnan(found.porosity.value), found.porosity.reason) == (True, Reason.INVALID_POROSITY)
    assert found.d_eff.reason is Reason.NO_VALID_POROSITY


@pytest.mark.parametrize("value", [0.0, -1e-6, 0.5001, INF, -INF])
def test_impossible_diffusivity(value):
    found = targets(d_eff=value).d_eff
    assert (math.isnan(found.value), found.reason) == (True, Reason.INVALID_D_EFF)


def test_diffusivity_may_equal_the_porosity():
    assert targets(d_eff=0.5).d_eff.value == 0.5


def test_infinite_exponent():
    assert targets(bruggeman=INF).bruggeman_exponent.reason is Reason.NOT_FINITE


@pytest.mark.parametrize("name", ["tau", "porosity", "d_eff", "bruggeman"])
@pytest.mark.parametrize(("value", "reason"), [(NAN, Reason.MISSING), (None, Reason.COLUMN_MISSING)])
def test_missing_numbers(name, value, reason):
    found = targets(**{name: value})
    outcome = {
        "tau": found.tau_factor,
        "porosity": found.porosity,
        "d_eff": found.d_eff,
        "bruggeman": found.bruggeman_exponent,
    }[name]
    assert (math.isnan(outcome.value), outcome.reason) == (True, reason)


def test_derived_exponent():
    # tau = porosity^(1 - b): .5^(1 - 2.5) = 2^1.5
    found = targets(tau=2**1.5, porosity=0.5, bruggeman=1.0, settings=DERIVED)
    assert found.bruggeman_exponent.value == pytest.approx(2.5, rel=1e-12)
    assert targets(tau=1.0, bruggeman=None, settings=DERIVED).bruggeman_exponent.value == pytest.approx(1.0)
    assert targets(tau=0.5, settings=DERIVED).bruggeman_exponent.reason is Reason.NO_VALID_TAU
    assert targets(porosity=1.0, settings=DERIVED).bruggeman_exponent.reason is Reason.NO_VALID_POROSITY


def test_every_reason_has_a_meaning_and_a_name_of_its_own():
    assert len({reason.value for reason in Reason}) == len(Reason)
    assert all(reason.meaning and not reason.meaning.endswith(".") for reason in Reason)
