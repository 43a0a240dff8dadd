"""``CupyDevice`` over a CuPy whose work is queued: what is read, freed or copied too early is rubbish there."""

import gc
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from poregrove.errors import DeviceError
from poregrove.features import backends, describe_batch
from poregrove.features.backends.cuda import CudaBackend, probe
from poregrove.features.backends.cuda import device as devices
from poregrove.features.backends.cuda.device import CupyDevice
from poregrove.features.backends.cuda.kernels import kernel

TIERS = ("morphology", "transport")
SHAPE = (12, 11, 10)
MIB = 2**20
asynchronous = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("asynchronous.py"))))
SOURCE = """
extern "C" __global__ void twice(const float *source, int number, float *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < number) target[i] = 2 * source[i];
}
"""
NUMBERS = np.arange(1, 601, dtype=np.float32)


def fields(number):
    random = np.random.default_rng(7)
    return [ndimage.gaussian_filter(random.standard_normal(SHAPE), 1.2) < 0.1 for _ in range(number)]


@pytest.fixture
def machine(kernels, monkeypatch, tmp_path):
    """A function that makes the machine that CuPy finds; its ``device`` is a CupyDevice, or the ``kind`` that is given."""
    (tmp_path / "some.cu").write_text(SOURCE)
    remembered = (devices.loaded_kernel, devices.loaded_module, backends.automatic_backend, backends.cuda_backend)

    def make(kind=CupyDevice, **settings):
        made = asynchronous.Machine(kernels, **settings)
        monkeypatch.setitem(sys.modules, "cupy", made.cupy)
        monkeypatch.setitem(sys.modules, "cupyx", made.cupyx)
        for function in remembered:
            function.cache_clear()
        made.device = kind()
        monkeypatch.setattr(devices, "CupyDevice", lambda: made.device)
        return made

    yield make
    for function in remembered:
        function.cache_clear()


@pytest.fixture
def twice(tmp_path):
    """A function that launches a kernel on a device: twice an array."""
    found = kernel(str(tmp_path / "some.py"), "twice")

    def twice(device, array):
        target = device.xp.empty(array.shape, array.dtype)
        device.launch(found, array.size, array, np.int32(array.size), target)
        return target

    return twice


@pytest.fixture(params=[False, True], ids=["copies-late", "copies-early"])
def early(request):
    """Whether a copy is made as soon as it is queued, or only when somebody waits for it: both are allowed."""
    return request.param


def settled(machine):
    """Bytes of the pool in use when nothing is queued or referred to any more."""
    gc.collect()
    machine.device.release()
    return machine.pool.used_bytes()


def test_every_descriptor_is_that_of_the_cpu(machine, early):
    """The whole back end with CupyDevice itself: transfers, streams and pools in the order that CuPy documents."""
    made, volumes = machine(early=early), [*fields(2), np.ones(SHAPE, bool)]
    found = describe_batch(volumes, tiers=TIERS, device="cuda")
    wanted = describe_batch(volumes, tiers=("morphology",), device="cpu")
    for row, other in zip(found, wanted, strict=True):
        assert {name: row[name] for name in other} == pytest.approx(other, rel=1e-12, abs=1e-12, nan_ok=True)
    relative = [row["relative_diffusivity_z"] for row in describe_batch(volumes, tiers=TIERS, device="cpu")]
    assert [row["relative_diffusivity_z"] for row in found] == pytest.approx(relative, rel=1e-4, abs=1e-6)
    assert settled(made) == 0


def test_volumes_of_the_next_batch_come_while_the_present_one_is_computed(machine, early, twice):
    made = machine(early=early)
    device = made.device
    first = device.upload(NUMBERS)
    coming = device.start_upload(NUMBERS + 1)
    results = [twice(device, first)]
    results.append(twice(device, coming()))
    found = device.download(*results)
    assert [one.tolist() for one in found] == [(2 * NUMBERS).tolist(), (2 * NUMBERS + 2).tolist()]


def test_sending_and_launching_wait_for_nobody(machine, twice):
    made = machine()
    result = twice(made.device, made.device.upload(NUMBERS))
    assert made.counts["waits"] == 0
    # it has not run: the memory is as it was
    assert not np.array_equal(result.memory, 2 * NUMBERS)
    assert np.array_equal(made.device.download(result)[0], 2 * NUMBERS)
    assert made.counts["waits"] == 1


class ReadsTooEarly(CupyDevice):
    """Does not wait for its downloads."""

    def download(self, *arrays):
        import cupyx

        buffers = [cupyx.empty_pinned(array.shape, array.dtype) for array in arrays]
        for array, buffer in zip(arrays, buffers, strict=True):
            array.get(stream=self.xp.cuda.get_current_stream(), out=buffer, blocking=False)
        return tuple(np.array(buffer) for buffer in buffers)


class ComputesTooEarly(CupyDevice):
    """Does not wait for a copy that it received."""

    def start_upload(self, array):
        super().start_upload(array)
        copy = self.pending_copies[-1][2]
        return lambda: copy


class CopiesTooEarly(CupyDevice):
    """Copies into memory that queued work may still use."""

    def start_upload(self, array):
        waiting, self._copies.wait_event = self._copies.wait_event, lambda _: None
        try:
            return super().start_upload(array)
        finally:
            self._copies.wait_event = waiting


class ForgetsTooEarly(CupyDevice):
    """Lets pinned memory go while its copy is queued."""

    def start_upload(self, array):
        received = super().start_upload(array)
        event, _, copy = self.pending_copies.pop()
        self.pending_copies.append((event, None, copy))
        return received


def exercise(device, twice):
    """Copies and kernels in a narrow pool, and what comes back; True where it is right."""
    right = []
    for offset in range(3):
        given = device.upload(NUMBERS + offset)
        coming = device.start_upload(NUMBERS + 10 * offset)
        right.append((twice(device, given), 2 * (NUMBERS + offset)))
        del given
        # takes the memory of what has just been let go
        after = device.start_upload(NUMBERS + 100)
        right += [(twice(device, coming()), 2 * (NUMBERS + 10 * offset)), (twice(device, after()), 2 * NUMBERS + 200)]
        del coming, after
    return all(np.array_equal(device.download(found)[0], wanted) for found, wanted in right)


@pytest.mark.parametrize("kind", [ReadsTooEarly, ComputesTooEarly, CopiesTooEarly, ForgetsTooEarly])
def test_a_device_that_does_not_wait_where_it_must_is_noticed(machine, twice, kind):
    assert all(exercise(machine(early=early).device, twice) for early in (False, True))
    assert not all(exercise(machine(kind, early=early).device, twice) for early in (False, True))


def test_many_batches_leave_nothing_behind(machine):
    made, volumes = machine(), fields(2)
    describe_batch(volumes, tiers=("morphology",), device="cuda")
    before = made.pool.total_bytes(), made.pinned.total_bytes()
    for _ in range(5):
        describe_batch(volumes, tiers=("morphology",), device="cuda")
    assert (made.pool.total_bytes(), made.pinned.total_bytes()) == before
    assert settled(made) == 0
    assert (made.pool.total_bytes(), made.pinned.total_bytes()) == (0, 0)


def test_a_batch_that_does_not_fit_is_halved_and_gives_the_same(machine, caplog):
    """Of what four volumes take, and of what one takes, the pool has half of both: room for two."""
    made, volumes = machine(), fields(4)
    whole = describe_batch(volumes, tiers=("morphology",), device="cuda")
    most = made.pool.peak
    settled(made)
    made.pool.peak = 0
    describe_batch(volumes[:1], tiers=("morphology",), device="cuda")
    one = made.pool.peak
    settled(made)
    made.pool.set_limit(size=(one + most) // 2)
    with caplog.at_level("INFO"):
        parts = describe_batch(volumes, tiers=("morphology",), device="cuda")
    assert "4 volumes of 12 x 11 x 10 voxels do not fit the device together" in caplog.text
    assert repr(parts) == repr(whole)
    made.pool.set_limit(size=int(0.1 * one))
    with pytest.raises(DeviceError, match="volume 0: its 12 x 11 x 10 voxels do not fit into the memory"):
        describe_batch(volumes, tiers=("morphology",), device="cuda")
    made.pool.set_limit(size=0)
    assert settled(made) == 0


def test_the_device_says_its_name_and_what_is_free(machine):
    made = machine(memory=8 * 2**30)
    assert made.device.about() == "Asynchronous Stand-in, 8 GiB free"
    held = made.device.xp.empty(3 * MIB, np.uint8)
    assert made.device.free_memory() == 8 * 2**30 - 3 * MIB
    del held
    # free for whoever asks the pool
    assert made.device.free_memory() == 8 * 2**30
    assert made.pool.free_bytes() == 3 * MIB


def test_the_probe_takes_a_device_that_computes(machine, caplog):
    machine(memory=8 * 2**30)
    with caplog.at_level("INFO"):
        assert isinstance(backends.get_backend("auto"), CudaBackend)
    assert "descriptors are computed on CUDA: Asynchronous Stand-in, 8 GiB free" in caplog.text


def test_the_probe_refuses_a_device_that_reads_too_early(machine):
    machine(ReadsTooEarly)
    with pytest.raises(DeviceError, match="computes wrong"):
        probe.open_device()


def test_the_probe_names_a_device_without_room(machine):
    made = machine(memory=2**20)
    full = made.device.xp.empty(2**20, np.uint8)
    with pytest.raises(DeviceError, match="CUDA does not work here: Out of memory allocating 512 bytes"):
        probe.open_device()
    del full
    with pytest.raises(DeviceError, match=r"has 0\.0 GiB of free memory"):
        probe.open_device()
