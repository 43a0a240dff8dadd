"""The harness catches what a device would let pass: wrong types, writes out of bounds, hidden waits, order."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from poregrove.features.backends.cuda.kernels import kernel

emulator = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("emulator.py"))))
SOURCE = """
extern "C" __global__ void shift(const float *source, int number, float by, float *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < number) target[i] = source[i] + by;
}
extern "C" __global__ void overrun(int number, int *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= number) target[i] = i;
}
extern "C" __global__ void last_one(int number, int *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < number) target[0] = i;
}
extern "C" __global__ void tally(int number, unsigned int *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < number) atomicAdd(target + i % 3, 1u);
}
"""


@pytest.fixture
def named(tmp_path):
    (tmp_path / "some.cu").write_text(SOURCE)
    return lambda name: kernel(str(tmp_path / "some.py"), name)


NUMBERS = np.arange(600, dtype=np.float32)


def shifted(device, named, source, number, by):
    target = device.xp.empty_like(source)
    device.launch(named("shift"), 600, source, number, by, target)
    return device.download(target)[0]


def test_a_kernel_runs(device, named, put):
    found = shifted(device, named, put(device, NUMBERS), np.int32(600), np.float32(0.5))
    assert np.array_equal(found, NUMBERS + np.float32(0.5))


def test_every_order_runs_every_thread_once(device, named):
    target = device.xp.zeros(3, np.uint32)
    device.launch(named("tally"), 1000, np.int32(1000), target)
    assert device.download(target)[0].tolist() == [334, 333, 333]


def test_what_depends_on_the_order_of_threads_shows(make_device, named):
    found = set()
    for order in ("forwards", "backwards", "shuffled"):
        device = make_device(order)
        target = device.xp.zeros(1, np.int32)
        device.launch(named("last_one"), 1000, np.int32(1000), target)
        found.add(int(target[0]))
    assert len(found) == 3


@pytest.mark.parametrize(
    ("number", "by", "says"),
    [
        (600, np.float32(1), "number is a NumPy scalar int32"),
        (np.int64(600), np.float32(1), "number is a NumPy scalar int32"),
        (np.int32(600), 1.0, "by is a NumPy scalar float32"),
    ],
)
def test_scalars_of_another_type_are_refused(make_device, named, number, by, says):
    device = make_device()
    with pytest.raises(AssertionError, match=says):
        shifted(device, named, device.upload(NUMBERS), number, by)


@pytest.mark.parametrize(
    ("array", "says"),
    [(NUMBERS.astype(np.float64), "not of float64"), (NUMBERS.reshape(2, 300).T, "C-contiguous")],
)
def test_arrays_of_another_form_are_refused(make_device, named, array, says):
    device = make_device(strictly=False)
    with pytest.raises(AssertionError, match=says):
        shifted(device, named, array, np.int32(600), np.float32(1))


def test_a_write_to_a_read_only_array_is_refused(make_device, named):
    device, target = make_device(strictly=False), np.zeros(3, np.uint32)
    target.flags.writeable = False
    with pytest.raises(AssertionError, match="may be written"):
        device.launch(named("tally"), 10, np.int32(10), target)


def test_a_write_beyond_an_array_is_noticed(make_device, named):
    device = make_device()
    with pytest.raises(AssertionError, match="beyond the array target"):
        device.launch(named("overrun"), 8, np.int32(8), device.xp.zeros(8, np.int32))


TRAFFIC = """
extern "C" __global__ void one_each(const float *source, int number, float *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < number) target[i] = source[i];
}
extern "C" __global__ void far_apart(const float *source, int number, float *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < number / 8) target[i] = source[8 * i];
}
extern "C" __global__ void again(const float *source, int number, float *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= number) return;
    float sum = 0;
    for (int j = 0; j < 10; j++) sum += source[(i + 32 * j) % number];
    target[i] = sum;
}
extern "C" __global__ void count_up(int number, unsigned int *target) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < number) atomicAdd(target + i, 1u);
}
"""


@pytest.mark.parametrize(
    ("name", "read", "written", "asked"),
    [
        ("one_each", 4096, 4096, 8192),
        # every sector for one of its eight numbers; the 128 results lie side by side
        ("far_apart", 4096, 512, 4096 + 512),
        ("again", 4096, 4096, 11 * 4096),
    ],
)
def test_traffic_is_counted_in_sectors_of_32_bytes(kernels, name, read, written, asked):
    """1024 float32 are 128 sectors; what is read ten times is moved once and asked for ten times."""
    library = emulator.Library(TRAFFIC, "traffic.cu", kernels, watched=True)
    source = np.arange(1024, dtype=np.float32)
    library.run(name, [source, np.int32(1024), np.zeros_like(source)], 4, "forwards")
    assert (library.traffic.read, library.traffic.written, library.traffic.asked) == (read, written, asked)


def test_atomics_are_read_and_written(kernels):
    library = emulator.Library(TRAFFIC, "traffic.cu", kernels, watched=True)
    target = np.zeros(1024, np.uint32)
    library.run("count_up", [np.int32(1024), target], 4, "forwards")
    assert target.tolist() == [1] * 1024
    assert library.traffic.written == 4096


class TestStrictArrays:
    @pytest.fixture
    def device(self, make_device):
        return make_device(strictly=True)

    def test_host_and_device_arrays_do_not_mix(self, device):
        array = device.upload(NUMBERS)
        for mixed in (
            lambda: array + NUMBERS,
            lambda: NUMBERS + array,
            lambda: device.xp.maximum(array, NUMBERS),
            lambda: np.asarray(array),
            lambda: device.launch(kernel(__file__, "none", file="cuda_on_cpu.h"), 0) or array[NUMBERS > 3],
        ):
            with pytest.raises(TypeError):
                mixed()

    def test_numbers_wait_and_are_counted(self, device):
        array = device.upload(NUMBERS)
        total = array.sum()
        assert device.counts["waits"] == 0
        assert (int(total), float(total), bool(total > 0)) == (179700, 179700.0, True)
        assert device.counts["waits"] == 3

    def test_transfers_are_counted(self, device):
        first, second = device.upload(NUMBERS), device.xp.asarray(NUMBERS)
        device.download(first, second * 2)
        assert dict(device.counts) == {"uploads": 2, "downloads": 2, "waits": 1}

    def test_memory_begins_as_rubbish(self, device):
        assert device.download(device.xp.empty(4, np.float32))[0].any()

    def test_arithmetic_is_that_of_numpy(self, device):
        array = device.upload(NUMBERS)
        array += 1
        mixed = (-array * 2 - 3 / array)[array > 5].astype(np.float64).reshape(-1, 5).sum(axis=1)
        host = NUMBERS + 1
        assert np.array_equal(device.download(mixed)[0], (-host * 2 - 3 / host)[5:].astype(float).reshape(-1, 5).sum(1))
