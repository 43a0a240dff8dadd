"""Volumes that the tests of this folder share."""

import numpy as np
import pytest
from scipy import ndimage

from poregrove.features import registry as descriptor_registry
from poregrove.testing.volumes import DEGENERATE


@pytest.fixture(autouse=True)
def _declared_descriptors(monkeypatch):
    """Descriptors that a test declares with ``@descriptor`` are removed at its end."""
    monkeypatch.setattr(descriptor_registry, "_added", dict(vars(descriptor_registry)["_added"]))


def gaussian_field(shape, porosity, length=3.0, seed=0):
    """Pore where a smoothed white noise is low."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    field = ndimage.gaussian_filter(noise, length / 2, mode="wrap")
    return field < np.quantile(field, porosity)


def overlapping_spheres(shape, radius, solid_fraction, seed=0):
    """The Boolean model: True outside spheres whose centres are a Poisson process that the volume is cut from."""
    random = np.random.default_rng(seed)
    density = -np.log(1 - solid_fraction) / (4 / 3 * np.pi * radius**3)
    margin = int(np.ceil(radius)) + 1
    outer = np.array(shape) + 2 * margin
    centres = random.random((random.poisson(density * outer.prod()), 3)) * outer
    solid = np.zeros(outer, bool)
    for centre in centres:
        low = np.maximum(np.floor(centre - radius).astype(int), 0)
        high = np.minimum(np.ceil(centre + radius).astype(int) + 1, outer)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        offsets = np.ogrid[box]
        solid[box] |= sum((axis + 0.5 - c) ** 2 for axis, c in zip(offsets, centre, strict=True)) <= radius**2
    return ~solid[margin:-margin, margin:-margin, margin:-margin]


@pytest.fixture(scope="session")
def spheres():
    """Makes Boolean models of spheres."""
    return overlapping_spheres


@pytest.fixture(scope="session")
def boolean_model():
    """160^3, spheres of radius 10, porosity near a half."""
    return overlapping_spheres((160, 160, 160), 10.0, 0.5, seed=3)


RANDOM = {
    "gaussian field": gaussian_field((24, 20, 28), 0.45, seed=1),
    "dilute": gaussian_field((16, 24, 20), 0.12, seed=2),
    "white noise": np.random.default_rng(3).random((14, 17, 19)) < 0.35,
    "wide pores": gaussian_field((24, 24, 24), 0.7, length=6.0, seed=4),
}


@pytest.fixture(params=list(DEGENERATE), ids=lambda name: name.replace(" ", "-"))
def degenerate(request):
    return request.param, DEGENERATE[request.param]


@pytest.fixture(params=list(RANDOM), ids=lambda name: name.replace(" ", "-"))
def random_volume(request):
    return RANDOM[request.param]


@pytest.fixture(scope="session")
def random_volumes():
    return RANDOM
