"""Properties over volumes that hypothesis makes up, small and odd ones first."""

import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from poregrove.features import canonical_digest, describe, descriptors

volumes = arrays.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=7).flatmap(
    lambda shape: arrays.arrays(bool, shape)
)
COLUMNS = {column.name: column for column in descriptors(["morphology"])}
# compiled kernels make the first example slow and none flaky
easy = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def row(volume):
    return describe(volume, tiers=["morphology"], device="cpu")


@easy
@given(volumes)
def test_every_volume_has_a_defined_row(volume):
    for name, value in row(volume).items():
        column = COLUMNS[name]
        assert not math.isinf(value), name
        if math.isnan(value):
            assert column.undefined, name
        else:
            assert column.low - 1e-9 <= value <= column.high + 1e-9, name


@easy
@given(volumes)
def test_more_solid_never_widens_a_pore(volume):
    plain = row(volume)
    plugged = volume.copy()
    plugged[np.unravel_index(np.argmax(volume), volume.shape)] = False
    narrower = row(plugged)
    for name in ("porosity", "wall_distance_max", *(f"bottleneck_radius_{axis}" for axis in "zyx")):
        assert not narrower[name] > plain[name], name


@easy
@given(volumes)
def test_balls_from_a_face_are_no_larger_than_any_balls(volume):
    values = row(volume)
    for axis in "zyx":
        assert not values[f"bottleneck_radius_{axis}"] > values["wall_distance_max"]
        assert not values[f"constrictivity_{axis}"] > 1.0
        assert not values[f"intrusion_d80_low_{axis}"] > values[f"intrusion_d20_low_{axis}"]


@easy
@given(volumes, st.permutations([0, 1, 2]), st.tuples(*[st.sampled_from([1, -1])] * 3), st.booleans())
def test_the_canonical_digest_sees_through_symmetry(volume, order, signs, complement):
    other = volume.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]
    assert canonical_digest(~other if complement else other) == canonical_digest(volume)


@easy
@given(volumes, st.integers(0, 2))
def test_a_volume_said_twice_keeps_its_densities_but_for_the_seam(volume, axis):
    # what does not look across the seam stays the same: voxel counts, runs across, layers
    twice = np.concatenate([volume, volume], axis=axis)
    one, two = (
        describe(item, columns=["porosity", *(f"porosity_profile_std_{name}" for name in "zyx")], device="cpu")
        for item in (volume, twice)
    )
    assert all(math.isclose(one[name], two[name], rel_tol=1e-9, abs_tol=1e-12) for name in one)
