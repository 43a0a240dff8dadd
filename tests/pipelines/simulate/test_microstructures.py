"""Generators of pore masks against their closed forms."""

import math

import numpy as np
import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.simulate.microstructures import (
    blobs,
    gaussian_random_field,
    overlapping_spheres,
    percolates,
    sphere_lattice,
    white_noise,
)

SHAPE = (40, 32, 36)


def correlation(mask, axis, lag):
    """Normalised two-point correlation of the pore at one lag."""
    values = np.moveaxis(mask.astype(float), axis, 0)
    pairs = (values[lag:] * values[: len(values) - lag]).mean()
    return (pairs - values.mean() ** 2) / values.var()


@pytest.mark.parametrize("porosity", [0.1, 0.3337, 0.5, 0.85])
def test_fields_hit_the_porosity_to_the_voxel(porosity):
    count = round(porosity * math.prod(SHAPE))
    assert gaussian_random_field(SHAPE, porosity, 5.0, seed=1).sum() == count
    assert gaussian_random_field(SHAPE, porosity, 5.0, gradient=0.1, seed=1).sum() == count
    assert white_noise(SHAPE, porosity, seed=1).sum() == count


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: gaussian_random_field(SHAPE, 0.4, 4.0, (1.0, 2.0, 1.0), 0.2, seed=seed),
        lambda seed: white_noise(SHAPE, 0.4, seed=seed),
        lambda seed: overlapping_spheres(SHAPE, 4.0, porosity=0.4, seed=seed).pore,
    ],
)
def test_the_seed_decides_the_volume(make):
    assert np.array_equal(make(7), make(7))
    assert not np.array_equal(make(7), make(8))


@pytest.mark.parametrize("periodic", [False, True])
def test_a_median_cut_field_has_the_arcsine_correlation(periodic):
    # Sheppard: a Gaussian field of correlation r, cut at its median, has the correlation 2/pi asin(r).
    mask = gaussian_random_field((96, 96, 96), 0.5, 6.0, (1.0, 1.5, 0.5), seed=3, periodic=periodic)
    for axis, length in enumerate((6.0, 9.0, 3.0)):
        for lag in (1, 2, 4):
            expected = 2 / math.pi * math.asin(math.exp(-((lag / length) ** 2)))
            assert correlation(mask, axis, lag) == pytest.approx(expected, abs=0.02)


def test_only_a_periodic_field_joins_its_faces():
    jumps = {
        periodic: np.mean(mask[0] != mask[-1])
        for periodic in (False, True)
        for mask in [gaussian_random_field((64, 64, 64), 0.5, 6.0, seed=5, periodic=periodic)]
    }
    assert jumps[True] < 0.2
    assert jumps[False] > 0.3


def test_the_gradient_is_the_difference_of_local_porosity():
    mask = gaussian_random_field((64, 96, 96), 0.5, 4.0, gradient=0.3, seed=2)
    profile = mask.mean(axis=(1, 2))
    slope = np.polyfit((np.arange(64) + 0.5) / 64, profile, 1)[0]
    assert slope == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("periodic", [False, True])
def test_spheres_are_the_boolean_model(periodic):
    model = overlapping_spheres((96, 96, 96), 5.0, porosity=0.5, seed=4, periodic=periodic)
    assert math.exp(-model.eta) == pytest.approx(0.5)
    assert model.pore.mean() == pytest.approx(0.5, abs=0.03)
    # Torquato: S2(r) of the void is exp(-eta v) with v = 1 + 3r/4R - r^3/16R^3.
    eta = -math.log(model.pore.mean())
    for lag in (2, 5, 8):
        union = 1 + 3 * lag / 20 - lag**3 / (16 * 125)
        two_point = (model.pore[lag:] & model.pore[:-lag]).mean()
        assert two_point == pytest.approx(math.exp(-eta * union), abs=0.012)


def test_spheres_by_density_and_by_porosity_agree():
    by_porosity = overlapping_spheres(SHAPE, 4.0, porosity=0.6, seed=9)
    by_density = overlapping_spheres(SHAPE, 4.0, density=by_porosity.density, seed=9)
    assert np.array_equal(by_porosity.pore, by_density.pore)


def test_a_sphere_covers_the_voxels_within_its_radius():
    model = overlapping_spheres((24, 24, 24), 5.0, density=2 / 24**3, seed=1, periodic=True)
    grid = np.moveaxis(np.indices((24, 24, 24)), 0, -1)
    covered = np.zeros((24, 24, 24), bool)
    for centre in model.centres:
        offset = (grid - centre + 12) % 24 - 12
        covered |= (offset**2).sum(-1) <= 25
    assert len(model.centres) > 0
    assert np.array_equal(model.pore, ~covered)


@pytest.mark.parametrize("fraction", [0.066, 0.18, 0.382])
def test_lattice_spheres_have_their_volume_fraction(fraction):
    mask = sphere_lattice((80, 80, 80), 40, fraction)
    assert 1 - mask.mean() == pytest.approx(fraction, abs=0.002)
    assert np.array_equal(mask[:40], mask[40:])
    assert np.array_equal(mask, mask[::-1])


def test_percolation_needs_a_path_over_faces():
    mask = np.zeros((4, 3, 3), bool)
    mask[:2, 1, 1] = True
    mask[2:, 1, 2] = True
    assert not percolates(mask)
    mask[1, 1, 2] = True
    assert percolates(mask)
    assert not percolates(mask, axis=1)


def test_white_noise_percolates_above_the_site_threshold_only():
    # The site threshold of the simple cubic lattice is .3116.
    assert percolates(white_noise((64, 64, 64), 0.35, seed=0))
    assert not percolates(white_noise((64, 64, 64), 0.27, seed=0))


def test_blobs_hit_the_porosity():
    pytest.importorskip("porespy")
    mask = blobs((32, 32, 32), 0.45, 1.5, seed=3)
    assert mask.sum() == round(0.45 * 32**3)
    assert np.array_equal(mask, blobs((32, 32, 32), 0.45, 1.5, seed=3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: gaussian_random_field(SHAPE, 1.2, 4.0, seed=0),
        lambda: gaussian_random_field(SHAPE, 0.1, 4.0, gradient=0.3, seed=0),
        lambda: gaussian_random_field(SHAPE, 0.5, 4.0, (1.0, 0.0, 1.0), seed=0),
        lambda: gaussian_random_field((0, 4, 4), 0.5, 4.0, seed=0),
        lambda: overlapping_spheres(SHAPE, 4.0, seed=0),
        lambda: overlapping_spheres(SHAPE, -1.0, porosity=0.5, seed=0),
        lambda: overlapping_spheres(SHAPE, 4.0, density=-1.0, seed=0),
        lambda: sphere_lattice(SHAPE, 10, 0.9),
    ],
)
def test_impossible_parameters_are_refused(make):
    with pytest.raises(SettingsError):
        make()
