"""The diffusion solver against closed forms."""

import itertools
import math

import numpy as np
import pytest

from poregrove.features.backends.cpu.diffusion import solve_diffusion


def slanted_strip():
    strip = np.zeros((20, 21, 21), bool)
    for z in range(20):
        strip[z, z : z + 2, z : z + 2] = True
    return strip


def spheres(side, solid):
    """One cell of the simple cubic packing, the grain in the middle."""
    radius = (3 * solid / (4 * np.pi)) ** (1 / 3) * side
    offsets = np.ogrid[:side, :side, :side]
    return sum((axis + 0.5 - side / 2) ** 2 for axis in offsets) > radius**2


def cylinders(side, solid):
    """One cell of the square array of cylinders along x."""
    radius = math.sqrt(solid / np.pi) * side
    z, y, _ = np.ogrid[:side, :side, :3]
    return np.broadcast_to((z + 0.5 - side / 2) ** 2 + (y + 0.5 - side / 2) ** 2 > radius**2, (side, side, 3))


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 2), (7, 1, 1), (1, 9, 4), (5, 6, 7), (33, 16, 9)])
@pytest.mark.parametrize("axis", range(3))
def test_a_volume_that_is_all_pore_conducts_like_the_bulk(shape, axis):
    result = solve_diffusion(np.ones(shape, bool), axis)
    assert result.relative_diffusivity == 1.0
    assert result.tortuosity == 1.0
    assert result.converged


def test_straight_channels_have_the_diffusivity_of_their_porosity():
    section = np.random.default_rng(0).random((13, 11)) < 0.4
    channels = np.repeat(section[None], 17, axis=0)
    result = solve_diffusion(channels, 0)
    assert result.relative_diffusivity == pytest.approx(section.mean(), rel=1e-6)
    assert result.tortuosity == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("axis", range(3))
def test_the_slanted_strip(axis):
    strip = np.moveaxis(slanted_strip(), 0, axis)
    assert solve_diffusion(strip, axis).tortuosity == pytest.approx(451 / 60, rel=1e-5)


def test_the_outer_faces_lie_half_a_voxel_outside():
    """A chain of n voxels that turns one corner of m: n - 1 + m unit resistors and two halves."""
    n, m = 6, 3
    chain = np.zeros((n, m + 1, 1), bool)
    chain[: n // 2, 0] = chain[n // 2 - 1, :] = chain[n // 2 - 1 :, m] = True
    conductance = 1 / (n - 1 + m + 2 * 0.5)
    assert solve_diffusion(chain, 0).relative_diffusivity == pytest.approx(conductance * n / (m + 1), rel=1e-6)


def test_layers_in_series_and_channels_in_parallel():
    """A channel of cross-section 4 over 5 of 10 planes, of 1 over the others, spread apart at once by a full plane."""
    narrow, wide = np.zeros((2, 20, 20), bool)
    narrow[:2, :2] = True
    wide[:4, :4] = True
    side_by_side = np.repeat((np.roll(narrow, 10, axis=0) | wide)[None], 12, axis=0)
    both = solve_diffusion(side_by_side, 0).relative_diffusivity
    one = solve_diffusion(np.repeat(narrow[None], 12, axis=0), 0).relative_diffusivity
    other = solve_diffusion(np.repeat(wide[None], 12, axis=0), 0).relative_diffusivity
    assert both == pytest.approx(one + other, rel=1e-6)
    comb = np.zeros((8, 3, 3), bool)
    comb[:, 1, 1] = True
    comb[3] = True
    stacked = np.concatenate([comb, comb])
    # plane 3 is equipotential neither way: the true value lies between series bounds, and doubling the comb keeps it
    assert solve_diffusion(stacked, 0).relative_diffusivity == pytest.approx(
        solve_diffusion(comb, 0).relative_diffusivity, rel=1e-5
    )


def test_a_dead_end_carries_nothing():
    channel = np.zeros((12, 8, 8), bool)
    channel[:, 4, 4] = True
    branched = channel.copy()
    branched[5, 4, 4:] = branched[5:9, 4, 7] = True
    through, beside = solve_diffusion(channel, 0), solve_diffusion(branched, 0, keep_throughput=True)
    assert beside.relative_diffusivity == pytest.approx(through.relative_diffusivity, rel=1e-6)
    assert beside.throughput[5:9, 4, 7].max() < 1e-3 * beside.throughput[5, 4, 4]


def test_pores_without_a_path_have_no_diffusivity_and_no_tortuosity():
    volume = np.ones((9, 6, 6), bool)
    volume[4] = False
    result = solve_diffusion(volume, 0)
    assert result.relative_diffusivity == 0.0
    assert math.isnan(result.tortuosity)
    assert result.converged
    assert solve_diffusion(volume, 1).relative_diffusivity == pytest.approx(8 / 9, rel=1e-6)


def test_a_path_over_an_edge_is_no_path():
    diagonal = np.zeros((2, 2, 1), bool)
    diagonal[0, 0] = diagonal[1, 1] = True
    assert solve_diffusion(diagonal, 0).relative_diffusivity == 0.0


def test_nothing_conducts_in_a_volume_that_is_all_solid():
    result = solve_diffusion(np.zeros((4, 5, 6), bool), 2)
    assert result.relative_diffusivity == 0.0
    assert result.fraction == 0.0


def test_cubic_spheres_are_approached_from_above():
    for solid in (0.066, 0.18):
        truth = 1 - 3 * solid / (2 + solid - 0.392 * solid ** (10 / 3))
        errors = []
        for side in (16, 32, 64):
            volume = spheres(side, solid)
            tortuosity = volume.mean() / solve_diffusion(volume, 0).relative_diffusivity
            errors.append(tortuosity / ((1 - solid) / truth) - 1)
        assert errors[0] > errors[-1] > 0
        assert errors[-1] < 0.02


def test_cylinders_across_the_axis_approach_perrins():
    for solid in (0.2, 0.4):
        correction = 0.305827 * solid**4 / (1 - 1.402958 * solid**8) + 0.013362 * solid**8
        truth = 1 - 2 * solid / (1 + solid - correction)
        errors = [
            abs(solve_diffusion(cylinders(side, solid), 0).relative_diffusivity / truth - 1) for side in (16, 128)
        ]
        assert errors[1] < errors[0]
        assert errors[1] < 0.02


def test_two_axes_of_cylinders_across_and_one_along():
    volume = np.repeat(cylinders(32, 0.3)[:, :, :1], 32, axis=2)
    z, y, x = (solve_diffusion(volume, axis).relative_diffusivity for axis in range(3))
    assert z == pytest.approx(y, rel=1e-4)
    assert x == pytest.approx(volume.mean(), rel=1e-6)


def test_isotropic_fields_keep_to_the_bound_of_hashin_and_shtrikman(random_volume):
    porosity = random_volume.mean()
    values = [solve_diffusion(random_volume, axis).relative_diffusivity for axis in range(3)]
    assert max(values) <= porosity
    assert np.mean(values) <= 1.02 * 2 * porosity / (3 - porosity)


def test_more_pore_never_conducts_less(random_volume):
    grown = random_volume | (np.random.default_rng(7).random(random_volume.shape) < 0.1)
    for axis in range(3):
        before, after = (solve_diffusion(volume, axis).relative_diffusivity for volume in (random_volume, grown))
        assert after >= before * (1 - 1e-4)


def test_turning_the_volume_turns_the_axes(random_volume):
    for order in itertools.permutations(range(3)):
        for axis in range(3):
            turned = solve_diffusion(random_volume.transpose(order), axis).relative_diffusivity
            straight = solve_diffusion(random_volume, order[axis]).relative_diffusivity
            assert turned == pytest.approx(straight, rel=1e-4)
