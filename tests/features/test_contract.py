"""Contract of every descriptor, whatever it computes: one test over the whole registry.

Most of it is shipped as ``poregrove.testing.check_descriptor``; what needs the names of this project's own columns
stands here.
"""

import itertools
import math

import numpy as np
import pytest

from poregrove.features import AXES, describe, descriptors
from poregrove.testing.descriptor_checks import CHECKS, Subject

TIERS = ("morphology", "transport")
COLUMNS = {column.name: column for column in descriptors(TIERS)}
# shares of voxels on one side of a flux threshold: the solver moves a few across
COUNTED = dict.fromkeys(("conducting_porosity*", "stagnant_porosity*", "dead_end_porosity*"), 2e-3)


@pytest.fixture(scope="module")
def subject(random_volumes):
    return Subject(COLUMNS, random_volumes, absolute=COUNTED)


def row(volume, **options):
    return describe(volume, tiers=TIERS, device="cpu", **options)


def swapped(name):
    """The column of the other phase, None where there is none."""
    if "_solid" in name:
        candidates = [name.replace("_solid", "_pore"), name.replace("_solid", "")]
    else:
        axis = COLUMNS[name].axis
        stem = name.removesuffix("_pore") if axis is None else name.removesuffix(f"_{axis}").removesuffix("_pore")
        candidates = [f"{stem}_solid" + (f"_{axis}" if axis else "")]
    return next((other for other in candidates if other in COLUMNS), None)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_descriptor_keeps_the_contract(check, subject):
    check(subject)


def test_columns_come_in_declaration_order(random_volume):
    assert list(row(random_volume)) == list(COLUMNS)


def test_nothing_is_undefined_on_an_ordinary_volume():
    cube = np.random.default_rng(0).random((40, 40, 40)) < 0.5
    values = row(cube)
    assert [name for name, value in values.items() if math.isnan(value)] == []


def test_names_say_the_solid_where_they_mean_it():
    for column in descriptors():
        spelt_out = column.name.startswith(("euler_number_density_solid", "relative_conductivity_solid"))
        assert ("_solid" in column.name) == (column.phase == "solid" or spelt_out)


def test_the_complement_swaps_the_phases(random_volume, subject):
    plain, other = row(random_volume), row(~random_volume)
    pairs = [(name, swapped(name)) for name in plain if swapped(name)]
    assert len(pairs) > len(plain) / 3
    for name, twin in pairs:
        assert subject.same(name, other[twin], plain[name]), name


@pytest.mark.parametrize("name", list(COLUMNS)[::7])
def test_a_column_alone_equals_the_column_in_company(name):
    volume = np.random.default_rng(1).random((36, 34, 40)) < 0.5
    assert describe(volume, columns=[name], device="cpu") == {name: row(volume)[name]}


def test_the_parts_of_the_pore_space_add_up(random_volume, degenerate):
    for volume in (random_volume, degenerate[1]):
        values = row(volume)
        for axis, phase in itertools.product(AXES, ("", "_solid")):
            parts = (
                values[f"percolating_porosity{phase}_{axis}"]
                + values[f"one_sided_porosity{phase}_{axis}"]
                + values[f"isolated_porosity{phase}_{axis}"]
            )
            whole = values["porosity"] if not phase else 1 - values["porosity"]
            assert parts == pytest.approx(whole, abs=1e-15)
