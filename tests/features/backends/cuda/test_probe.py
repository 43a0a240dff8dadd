"""Messages where CUDA does not work, and the choice of a device where it does; with a stand-in for CuPy."""

import logging
import sys
from types import ModuleType, SimpleNamespace

import pytest

from poregrove.errors import DeviceError
from poregrove.features import backends
from poregrove.features.backends import get_backend
from poregrove.features.backends.cuda import CudaBackend, probe
from poregrove.features.backends.cuda import device as devices

GIB = 2**30


class CompileError(Exception):
    """As CuPy's, which is no RuntimeError."""


def fake_cupy(count):
    """CuPy as far as the probe looks at it; ``count`` is called for the number of devices."""
    cupy = ModuleType("cupy")
    cupy.cuda = SimpleNamespace(
        runtime=SimpleNamespace(getDeviceCount=count), compiler=SimpleNamespace(CompileException=CompileError)
    )
    return cupy


@pytest.fixture
def install(monkeypatch):
    """Puts a CuPy and a device in place, and makes the back ends forget what they found."""
    remembered = (backends.automatic_backend, backends.cuda_backend)
    for function in remembered:
        function.cache_clear()

    def install(device=None, count=lambda: 1):
        monkeypatch.setitem(sys.modules, "cupy", fake_cupy(count))
        if device is not None:
            monkeypatch.setattr(devices, "CupyDevice", lambda: device)

    yield install
    for function in remembered:
        function.cache_clear()


@pytest.fixture
def working(make_device):
    """A device that works, with some memory."""
    return lambda memory=8 * GIB: make_device(strictly=False, memory=memory)


def raising(error):
    def fail(*_args, **_kwargs):
        raise error

    return fail


@pytest.mark.usefixtures("install")
def test_without_cupy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(DeviceError, match=r"needs cupy, .*pip install 'poregrove\[gpu\]'"):
        get_backend("cuda")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("cudaErrorInsufficientDriver: CUDA driver version\nis insufficient for CUDA runtime version"),
        ImportError("libcuda.so.1: cannot open shared object file"),
    ],
)
def test_a_driver_that_fails_is_quoted_on_one_line(install, error):
    install(count=raising(error))
    with pytest.raises(DeviceError) as caught:
        get_backend("cuda")
    assert str(caught.value) == f"CUDA does not work here: {' '.join(str(error).split())}"


def test_no_visible_device(install):
    install(count=lambda: 0)
    with pytest.raises(DeviceError, match="no CUDA device is visible"):
        get_backend("cuda")


@pytest.mark.parametrize("error", [CompileError("nvrtc: invalid value for --gpu-architecture"), MemoryError()])
def test_a_device_on_which_nothing_runs(install, working, error):
    device = working()
    device.launch = raising(error)
    install(device)
    with pytest.raises(DeviceError, match=r"CUDA does not work here: (nvrtc|MemoryError)"):
        get_backend("cuda")


def test_a_device_that_computes_wrong_is_not_taken(install, working):
    device = working()
    device.launch = lambda *_args: None
    install(device)
    with pytest.raises(DeviceError, match="computes wrong"):
        get_backend("cuda")


def test_too_little_memory_is_a_reason(install, working, caplog):
    install(working(memory=GIB // 2))
    with pytest.raises(DeviceError, match=r"has 0\.5 GiB of free memory"):
        get_backend("cuda")
    with caplog.at_level(logging.INFO):
        assert get_backend("auto").name == "cpu"
    assert "descriptors are computed on the CPU: the CUDA device has 0.5 GiB" in caplog.text


def test_auto_takes_a_device_that_answers_and_says_which(install, working, caplog):
    install(working())
    with caplog.at_level(logging.INFO):
        chosen = get_backend("auto")
    assert isinstance(chosen, CudaBackend)
    assert chosen is get_backend("cuda")
    assert [record.getMessage() for record in caplog.records] == [
        "descriptors are computed on CUDA: emulated, 8 GiB free"
    ]


def test_cpu_insists_on_the_cpu(install, working):
    install(working())
    assert get_backend("cpu").name == "cpu"


def test_a_volume_of_200_voxels_a_side_fits_in_what_is_wanted(working):
    from poregrove.features.backends.cuda.batches import batch_size

    assert batch_size(working(memory=probe.ENOUGH), (200, 200, 200)) == 1
