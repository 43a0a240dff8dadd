"""Shortest paths and pairs across periodic sides on both back ends."""

import pytest
from volumes import field

from poregrove.features import geodesic_tortuosity, two_point_correlation

pytestmark = pytest.mark.gpu
SHAPE = (91, 96, 80)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("periodic", ["y", ("y", "x")])
def test_paths_across_the_sides_are_those_of_the_cpu(periodic):
    mask = field(SHAPE, 0.4, 6.0, 3)
    cuda, cpu = (geodesic_tortuosity(mask, "z", periodic=periodic, device=device) for device in ("cuda", "cpu"))
    assert cpu.mean > 1.0
    assert (cuda.mean, cuda.std) == (cpu.mean, cpu.std)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("axis", ["z", "x"])
def test_pairs_across_the_sides_are_those_of_the_cpu(axis):
    mask = field(SHAPE, 0.4, 6.0, 3)
    cuda, cpu = (two_point_correlation(mask, axis, periodic=True, device=device) for device in ("cuda", "cpu"))
    assert cuda.probability.tolist() == cpu.probability.tolist()
    assert cuda.length == cpu.length
