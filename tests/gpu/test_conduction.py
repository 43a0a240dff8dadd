"""Conduction through phases, voxels that are no cubes and periodic sides on both back ends."""

import numpy as np
import pytest
from volumes import edge, field

from poregrove.features import describe, effective_conductivity, effective_tensor

pytestmark = pytest.mark.gpu
CONDUCTIVITIES = {0: 1.0, 1: 0.1, 2: 1e-3}


def three_phases():
    shape = (91, 96, 80)
    return (2 - field(shape, 0.35, 6.0, 17).astype(np.uint8) - field(shape, 0.7, 6.0, 17)).astype(np.uint8)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("periodic", [(), ("y", "x"), ("z", "y", "x")])
def test_phases_conduct_as_on_the_cpu(periodic):
    settings = {"voxel_size": (1e-7, 2e-7, 1e-7), "periodic": periodic}
    cuda, cpu = (
        effective_conductivity(three_phases(), CONDUCTIVITIES, device=device, **settings).conductivity
        for device in ("cuda", "cpu")
    )
    assert cuda == pytest.approx(cpu, rel=1e-4)


@pytest.mark.usefixtures("backend")
def test_tensors_are_those_of_the_cpu():
    labels = three_phases()[: edge(40), : edge(41), : edge(42)]
    labels = np.concatenate([labels, labels[::-1]])
    cuda, cpu = (
        effective_tensor(labels, CONDUCTIVITIES, mirror=("y", "x"), device=device).tensor for device in ("cuda", "cpu")
    )
    assert cuda == pytest.approx(cpu, rel=1e-4, abs=1e-4 * cpu.max())


@pytest.mark.usefixtures("backend")
def test_diffusion_in_voxels_that_are_no_cubes_is_that_of_the_cpu():
    mask, names = three_phases() > 0, ["relative_diffusivity_z", "relative_diffusivity_y", "relative_diffusivity_x"]
    cuda, cpu = (
        describe(mask, columns=names, voxel_size=(1e-7, 1e-7, 3e-7), device=device) for device in ("cuda", "cpu")
    )
    for name in names:
        assert cuda[name] == pytest.approx(cpu[name], rel=2e-4)
