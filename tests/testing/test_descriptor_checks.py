"""``check_descriptor`` lets the project's own descriptors pass and names what a bad one breaks."""

import math

import numpy as np
import pytest

from poregrove.errors import SettingsError
from poregrove.features import Column, descriptor, registry
from poregrove.testing import check_descriptor


@pytest.fixture(autouse=True)
def _own_descriptors(monkeypatch):
    """Descriptors declared here are forgotten afterwards."""
    monkeypatch.setattr(registry, "_added", {})


def declared(compute, column=None, **options):
    column = column or Column("-", "a number of the volume")
    return descriptor(columns={"toy": column}, **{"tier": "morphology", "version": 1, **options})(compute)


def test_a_sound_descriptor_passes():
    def toy(work):
        return {"toy": float(work.pore_count) / work.size}

    check_descriptor(declared(toy, Column("-", "share of pore", low=0.0, high=1.0)))


def test_lengths_axes_and_faces_are_understood():
    def toy(work, axis):
        layers = work.profiles["zyx".index(axis)]
        half = len(layers) // 2
        return {"toy": float(layers[:half].sum() - layers[-half:].sum()) if half else math.nan}

    column = Column("m", "pore in the low half of {axis} beyond the high one", undefined="one layer", mirror="negated")
    check_descriptor(declared(toy, column, by=("axis",), length_power=1))


def test_the_shipped_porosity_passes():
    (porosity,) = (item for item in registry.registry().descriptors if item.family == "porosity")
    check_descriptor([porosity])


DICE = np.random.default_rng(0)
BAD = {
    "above its bound": (lambda work: {"toy": float(work.pore_count)}, Column("-", "a", low=0.0, high=1.0)),
    "below its bound": (lambda work: {"toy": -float(work.pore_count)}, Column("-", "a", low=0.0)),
    "'undefined' does not say when": (lambda work: {"toy": math.nan if work.pore_count < 2 else 1.0}, Column("-", "a")),
    "NaN stands for what is not defined": (lambda work: {"toy": math.inf if work.pore_count < 2 else 1.0}, None),
    "with its axes as": (lambda work: {"toy": float(work.shape[0])}, None),
    "again": (lambda _: {"toy": float(DICE.random())}, None),
    "ends without a full stop": (lambda _: {"toy": 1.0}, Column("-", "A sentence.")),
    "writes into the volume": (lambda work: {"toy": work.pore.__setitem__(0, False) or 1.0}, None),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_descriptor_is_told_what_it_breaks(message):
    compute, column = BAD[message]
    with pytest.raises(AssertionError, match=message):
        check_descriptor(declared(compute, column))


def test_other_names_than_declared_are_refused():
    with pytest.raises(ValueError, match="declares toy and returned other"):
        check_descriptor(declared(lambda _: {"other": 1.0}))


def test_a_column_that_does_not_follow_its_axis_is_told():
    def toy(work, axis):
        return {"toy": float(work.profiles["zyx".index(axis)][0])}

    with pytest.raises(AssertionError, match="mirrored along z"):
        check_descriptor(declared(toy, by=("axis",)))
    check_descriptor(
        declared(toy, Column("-", "porosity of the first layer along {axis}", mirror="directed"), by=("axis",))
    )


def test_what_is_no_descriptor_is_refused():
    with pytest.raises(SettingsError, match="decorator descriptor"):
        check_descriptor(lambda _: {})
