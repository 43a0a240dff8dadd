"""What holds for every descriptor there is, whatever it computes: one test over the whole registry."""

import itertools
import math

import numpy as np
import pytest

from poregrove.features import AXES, describe, descriptors

TIERS = ("morphology", "transport")
COLUMNS = {column.name: column for column in descriptors(TIERS)}
# solvers stop at a tolerance, and a turned volume takes another path to it
CLOSE = {"morphology": {"rel": 1e-6, "abs": 1e-9}, "transport": {"rel": 1e-3, "abs": 1e-5}}
# shares of voxels on one side of a flux threshold: the solver moves a few across
COUNTED = ("conducting_porosity", "stagnant_porosity", "dead_end_porosity")


def row(volume, **options):
    return describe(volume, tiers=TIERS, backend="cpu", **options)


def same(name, left, right):
    if name.startswith(COUNTED):
        return left == pytest.approx(right, nan_ok=True, abs=2e-3)
    return left == pytest.approx(right, nan_ok=True, **CLOSE[COLUMNS[name].tier])


def renamed(name, order):
    """The column that a transposition of the axes moves a column to: new axis i is old axis order[i]."""
    axis = COLUMNS[name].axis
    if axis is None:
        return name
    return name.removesuffix(axis) + AXES[order.index(AXES.index(axis))]


def swapped(name):
    """The column of the other phase, None where there is none."""
    if "_solid" in name:
        candidates = [name.replace("_solid", "_pore"), name.replace("_solid", "")]
    else:
        axis = COLUMNS[name].axis
        stem = name.removesuffix("_pore") if axis is None else name.removesuffix(f"_{axis}").removesuffix("_pore")
        candidates = [f"{stem}_solid" + (f"_{axis}" if axis else "")]
    return next((other for other in candidates if other in COLUMNS), None)


def test_columns_come_in_declaration_order(random_volume):
    assert list(row(random_volume)) == list(COLUMNS)


def test_values_keep_to_their_bounds(random_volume):
    for name, value in row(random_volume).items():
        column = COLUMNS[name]
        assert isinstance(value, float)
        assert math.isnan(value) or column.low - 1e-9 <= value <= column.high + 1e-9, name


def test_degenerate_volumes_have_a_defined_row(degenerate):
    _, volume = degenerate
    for name, value in row(volume).items():
        column = COLUMNS[name]
        assert not math.isinf(value), name
        if math.isnan(value):
            assert column.undefined, f"{name} is NaN and does not say when"
        else:
            assert column.low - 1e-9 <= value <= column.high + 1e-9, name


def test_nothing_is_undefined_on_an_ordinary_volume():
    cube = np.random.default_rng(0).random((40, 40, 40)) < 0.5
    values = row(cube)
    assert [name for name, value in values.items() if math.isnan(value)] == []


def test_every_column_says_what_it_is():
    for column in descriptors():
        assert column.meaning
        assert column.unit
        assert not column.meaning.endswith(".")
        assert column.name.endswith(f"_{column.axis}") == (column.axis is not None)
        spelt_out = column.name.startswith(("euler_number_density_solid", "relative_conductivity_solid"))
        assert ("_solid" in column.name) == (column.phase == "solid" or spelt_out)


def test_the_volume_is_left_as_it_was(random_volume):
    volume = random_volume.copy()
    volume.flags.writeable = False
    row(volume)
    assert np.array_equal(volume, random_volume)


def test_the_same_volume_gives_the_same_numbers(random_volume):
    first, second = row(random_volume), row(random_volume)
    assert all(first[name] == second[name] or math.isnan(first[name]) for name in first)


def test_memory_layout_does_not_matter(random_volume):
    strided = np.asfortranarray(random_volume)
    plain, other = row(random_volume), row(strided)
    assert all(plain[name] == other[name] or math.isnan(plain[name]) for name in plain)


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_transposing_the_volume_permutes_the_axis_columns(random_volume, order):
    plain, turned = row(random_volume), row(random_volume.transpose(order))
    for name in plain:
        assert same(name, turned[renamed(name, order)], plain[name]), name


@pytest.mark.parametrize("axis", range(3))
def test_the_mirror_image_has_the_same_numbers(random_volume, axis):
    plain, mirrored = row(random_volume), row(np.flip(random_volume, axis))
    for name, value in plain.items():
        column = COLUMNS[name]
        along = column.axis == AXES[axis]
        if along and column.mirror == "directed":
            exchanged = name.replace("_low_", "_#_").replace("_high_", "_low_").replace("_#_", "_high_")
            if exchanged != name:
                assert same(name, mirrored[exchanged], value), name
            continue
        assert same(name, mirrored[name], -value if along and column.mirror == "negated" else value), name


def test_the_complement_swaps_the_phases(random_volume):
    plain, other = row(random_volume), row(~random_volume)
    pairs = [(name, swapped(name)) for name in plain if swapped(name)]
    assert len(pairs) > len(plain) / 3
    for name, twin in pairs:
        assert same(name, other[twin], plain[name]), name


def test_voxel_size_scales_by_the_declared_power(random_volume):
    size = 2.5e-7
    plain, scaled = row(random_volume), row(random_volume, voxel_size=size)
    for name, value in plain.items():
        assert scaled[name] == pytest.approx(value * size ** COLUMNS[name].length_power, rel=1e-12, nan_ok=True), name


@pytest.mark.parametrize("name", list(COLUMNS)[::7])
def test_a_column_alone_equals_the_column_in_company(name):
    volume = np.random.default_rng(1).random((36, 34, 40)) < 0.5
    assert describe(volume, columns=[name], backend="cpu") == {name: row(volume)[name]}


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
