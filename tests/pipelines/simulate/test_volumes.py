"""Drawn volumes: percolating or closed as asked, reproducible, with true transport."""

import numpy as np
import pytest

from poregrove.errors import SimulationError
from poregrove.pipelines.simulate.microstructures import percolates
from poregrove.pipelines.simulate.volumes import MOST_TORTUOUS, Transport, draw, generator_of, transport

EDGE = 24


@pytest.mark.parametrize("generator", ["field", "spheres"])
def test_open_volumes_carry_their_transport(generator):
    recipe, pore, found = draw(generator, EDGE, seed=4, number=2)
    assert percolates(pore)
    assert found.porosity == pore.mean()
    assert 1 <= found.tau_factor <= MOST_TORTUOUS
    assert found.d_eff == pytest.approx(found.porosity / found.tau_factor)
    assert np.array_equal(recipe.make(EDGE), pore)


def test_closed_volumes_have_a_porosity_and_no_transport():
    _, pore, found = draw("closed", EDGE, seed=4, number=2)
    assert not percolates(pore)
    assert found == Transport(pore.mean())
    assert found.structure is None


def test_straight_channels_have_no_tortuosity():
    channels = np.zeros((12, 12, 12), bool)
    channels[:, ::3] = True
    found = transport(channels)
    assert found.tau_factor == pytest.approx(1, abs=1e-6)
    assert found.structure.bruggeman == pytest.approx(1, abs=1e-6)


def test_the_bruggeman_exponent_gives_the_effective_diffusivity():
    structure = Transport(0.4, 2.5, 0.16).structure
    assert 0.4**structure.bruggeman == pytest.approx(0.16)


def test_volumes_differ_by_number_and_by_seed():
    volumes = [draw("field", EDGE, seed=seed, number=number)[1] for seed, number in ((0, 0), (0, 1), (1, 0), (0, 0))]
    assert np.array_equal(volumes[0], volumes[3])
    assert not any(np.array_equal(volumes[0], other) for other in volumes[1:3])


@pytest.mark.parametrize(("volumes", "closed"), [(2, 0), (9, 0), (10, 1), (39, 1), (40, 2), (64, 3)])
def test_few_volumes_are_closed(volumes, closed):
    kinds = [generator_of(number, volumes, ("field", "spheres")) for number in range(volumes)]
    assert kinds.count("closed") == closed
    assert kinds[:2] == ["field", "spheres"]


def test_a_draw_that_cannot_succeed_ends(monkeypatch):
    monkeypatch.setattr("poregrove.pipelines.simulate.volumes.MOST_TORTUOUS", 0.0)
    monkeypatch.setattr("poregrove.pipelines.simulate.volumes._ATTEMPTS", 3)
    with pytest.raises(SimulationError, match="volume 7"):
        draw("spheres", EDGE, seed=0, number=7)
