"""Counts of the patterns of 2x2x2 voxels: those of the CPU, volume by volume."""

import numpy as np
import pytest

from poregrove.features.backends.cpu.configurations import configurations as on_cpu
from poregrove.features.backends.cuda.configurations import configurations


@pytest.mark.parametrize("shape", [(3, 5, 7, 9), (1, 2, 2, 2), (2, 1, 4, 4), (2, 4, 1, 4), (1, 30, 3, 40)], ids=str)
def test_counts_are_those_of_the_cpu(device, put, shape):
    masks = np.random.default_rng(0).random(shape) < 0.6
    (found,) = device.download(configurations(device, put(device, masks)))
    assert found.tolist() == [on_cpu(mask).tolist() for mask in masks]
