"""Every descriptor on both back ends, within its stated tolerance; and the same again, bit by bit."""

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
