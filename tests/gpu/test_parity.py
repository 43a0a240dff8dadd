"""Every descriptor on both back ends, within its stated tolerance; and the same again, bit by bit."""

import numpy as np
import pytest
from agreement import differing
from volumes import VOLUMES, volume

from poregrove.features import describe, describe_batch

pytestmark = pytest.mark.gpu
TIERS = ("morphology", "transport")


def test_there_are_thirty_volumes():
    assert len(VOLUMES) == 30


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", VOLUMES)
def test_rows_are_those_of_the_cpu(name):
    mask = volume(name)
    cuda, cpu = (describe(mask, tiers=TIERS, device=name) for name in ("cuda", "cpu"))
    assert differing(cuda, cpu, mask.size) == []


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("size", [(1e-7, 2e-7, 2e-7), (2e-7, 1e-7, 1.3e-7)], ids=str)
def test_rows_in_voxels_that_are_no_cubes(size):
    for name in ("field .45", "noise .5", "no path", "imaged, first"):
        mask = volume(name)
        cuda, cpu = (describe(mask, tiers="morphology", voxel_size=size, device=device) for device in ("cuda", "cpu"))
        assert differing(cuda, cpu, mask.size) == []


@pytest.mark.usefixtures("backend")
def test_rows_of_several_phases():
    first, second = volume("fine field"), volume("coarse field")
    labels = np.where(first, 0, np.where(second, 85, 170)).astype(np.uint8)
    options = {"phases": {"pore": 0, "active": 85, "binder": 170}, "columns": ["phases", "wall_distance_mean*"]}
    cuda, cpu = (describe(labels, device=device, **options) for device in ("cuda", "cpu"))
    assert cuda == pytest.approx(cpu, rel=1e-12)


@pytest.mark.usefixtures("backend")
def test_the_same_call_gives_the_same_bits():
    masks = [volume(name) for name in ("field .45", "noise .35", "no path", "imaged, first")]
    first, second = (describe_batch(masks, tiers=TIERS, device="cuda") for _ in range(2))
    assert repr(first) == repr(second)


@pytest.mark.usefixtures("backend")
def test_a_volume_does_not_know_what_batch_it_is_in():
    mask = volume("dense field")
    alone = describe(mask, tiers=TIERS, device="cuda")
    together = describe_batch([volume("open field"), mask, volume("isolated field")], tiers=TIERS, device="cuda")
    assert repr(together[1]) == repr(alone)
