"""Memory of a device after many batches, and batches that do not fit in it."""

import pytest
from agreement import differing
from volumes import SMALL, edge

from poregrove.errors import DeviceError
from poregrove.features import describe_batch
from poregrove.pipelines.simulate.microstructures import gaussian_random_field

pytestmark = pytest.mark.gpu
TIERS = ("morphology", "transport")
BATCHES = 2 if SMALL else 200
SLACK = 2**20


def fields(number, length):
    return [gaussian_random_field((edge(length),) * 3, 0.45, 4.0, seed=seed) for seed in range(number)]


def test_nothing_is_left_after_many_batches(backend, free_memory_pool):
    masks = fields(4, 48)
    describe_batch(masks, tiers=TIERS, device="cuda")
    free_memory_pool()
    before = backend.device.free_memory()
    for _ in range(BATCHES):
        describe_batch(masks, tiers=TIERS, device="cuda")
    free_memory_pool()
    assert backend.device.free_memory() >= before - SLACK


def test_the_pool_is_empty_between_batches(pool, free_memory_pool):
    describe_batch(fields(2, 64), tiers=TIERS, device="cuda")
    free_memory_pool()
    assert pool.used_bytes() <= SLACK


@pytest.fixture
def limit(pool, free_memory_pool):
    """A function that limits the memory to so many times what one volume of 64^3 takes at most."""
    one = fields(1, 64)
    taken = []

    def limit(times):
        # what the pool holds already it hands out whatever the limit
        free_memory_pool()
        pool.set_limit(size=int(times * taken[0]))

    free_memory_pool()
    describe_batch(one, tiers=TIERS, device="cuda")
    taken.append(pool.total_bytes())
    free_memory_pool()
    yield limit
    pool.set_limit(size=0)
    free_memory_pool()


def test_a_batch_that_does_not_fit_is_halved_and_gives_the_same(limit, caplog):
    masks = fields(8, 64)
    whole = describe_batch(masks, tiers=TIERS, device="cuda")
    # room for one, whatever the pool kept of other sizes, and not for eight
    limit(1.5)
    with caplog.at_level("INFO"):
        parts = describe_batch(masks, tiers=TIERS, device="cuda")
    assert "do not fit the device together" in caplog.text
    assert [differing(part, row, edge(64) ** 3) for part, row in zip(parts, whole, strict=True)] == [[]] * len(masks)


def test_a_volume_that_does_not_fit_alone_is_named(limit):
    limit(0.1)
    spelt = " x ".join([str(edge(64))] * 3)
    with pytest.raises(DeviceError, match=f"volume 0: its {spelt} voxels do not fit"):
        describe_batch(fields(2, 64), tiers=TIERS, device="cuda")
