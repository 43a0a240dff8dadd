"""Calls of ``CupyDevice`` to CuPy, and their order; with a CuPy that records its calls."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from poregrove.features.backends.cuda import device as devices
from poregrove.features.backends.cuda.kernels import BLOCK, kernel


class Event:
    def __init__(self, name):
        self.name, self.done = name, False


class Stream:
    def __init__(self, log, name):
        self.log, self.name, self.number = log, name, 0

    def record(self):
        self.number += 1
        event = Event(f"{self.name} {self.number}")
        self.log.append(("record", event.name))
        return event

    def wait_event(self, event):
        self.log.append(("wait", self.name, event.name))

    def synchronize(self):
        self.log.append(("synchronize", self.name))


class Array:
    """On the device: copied when its stream gets to it, which here is at once."""

    def __init__(self, log, values):
        self.log, self.values = log, values
        self.shape, self.dtype, self.size = values.shape, values.dtype, values.size

    def set(self, values, stream):
        self.log.append(("set", stream.name))
        self.values[...] = values

    def get(self, *, stream, out, blocking):
        assert not blocking
        self.log.append(("get", stream.name))
        out[...] = self.values


@pytest.fixture
def log():
    return []


@pytest.fixture
def pinned():
    """Buffers of pinned memory that are in use."""
    return []


@pytest.fixture
def device(monkeypatch, log, pinned):
    current = Stream(log, "current")
    cupy, cupyx = ModuleType("cupy"), ModuleType("cupyx")

    def compiled(**options):
        log.append(("compile", options))
        return SimpleNamespace(get_function=lambda name: lambda *launch: log.append((name, *launch)))

    pool = SimpleNamespace(free_bytes=lambda: 30, free_all_blocks=lambda: log.append("freed"))
    cupy.cuda = SimpleNamespace(
        memory=SimpleNamespace(OutOfMemoryError=MemoryError),
        Stream=lambda non_blocking: Stream(log, "copies") if non_blocking else None,
        get_current_stream=lambda: current,
        Device=lambda: SimpleNamespace(id=0, mem_info=(100, 1000)),
    )
    cupy.empty = lambda shape, dtype: Array(log, np.zeros(shape, dtype))
    cupy.ascontiguousarray = lambda array: array
    cupy.RawModule = compiled
    cupy.get_default_memory_pool = cupy.get_default_pinned_memory_pool = lambda: pool

    def empty_pinned(shape, dtype):
        pinned.append(np.zeros(shape, dtype))
        return pinned[-1]

    cupyx.empty_pinned = empty_pinned
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setitem(sys.modules, "cupyx", cupyx)
    compiled_before = (devices.loaded_kernel, devices.loaded_module)
    for function in compiled_before:
        function.cache_clear()
    yield devices.CupyDevice()
    for function in compiled_before:
        function.cache_clear()


def test_a_copy_waits_for_nobody_but_for_the_memory_it_takes(device, log):
    receive = device.start_upload(np.arange(5))
    assert log == [("record", "current 1"), ("wait", "copies", "current 1"), ("set", "copies"), ("record", "copies 1")]
    log.clear()
    assert receive().values.tolist() == [0, 1, 2, 3, 4]
    assert log == [("wait", "current", "copies 1")]


def test_an_upload_is_received_at_once(device, log):
    assert device.upload(np.arange(5)).values.tolist() == [0, 1, 2, 3, 4]
    assert log[-1] == ("wait", "current", "copies 1")


def test_what_is_copied_is_kept_until_it_has_been_copied(device, pinned):
    device.start_upload(np.arange(5))
    device.start_upload(np.arange(6))
    assert all(buffer is kept for (_, buffer, _), kept in zip(device.pending_copies, pinned, strict=True))
    device.pending_copies[0][0].done = True
    device.start_upload(np.arange(7))
    assert [(len(buffer), copy.size) for _, buffer, copy in device.pending_copies] == [(6, 6), (7, 7)]


def test_a_download_waits_once_for_all(device, log, pinned):
    arrays = [Array(log, np.arange(4)), Array(log, np.arange(3.0)), Array(log, np.zeros(0))]
    first, second, nothing = device.download(*arrays)
    assert (first.tolist(), second.tolist(), nothing.tolist()) == ([0, 1, 2, 3], [0.0, 1.0, 2.0], [])
    assert log == [("get", "current"), ("get", "current"), ("synchronize", "current")]
    pinned[0][:] = 9
    assert first.tolist() == [0, 1, 2, 3]


def test_a_file_is_compiled_once_and_launched_in_whole_blocks(device, log, tmp_path):
    (tmp_path / "some.cu").write_text("source")
    for name, threads in (("one", 1), ("other", BLOCK + 1), ("one", 0)):
        device.launch(kernel(str(tmp_path / "some.py"), name), threads, np.int32(3), "array")
    assert log == [
        ("compile", {"code": "source", "options": devices.OPTIONS}),
        ("one", (1,), (BLOCK,), (3, "array")),
        ("other", (2,), (BLOCK,), (3, "array")),
    ]


def test_free_memory_is_the_driver_s_and_the_pool_s(device, log):
    assert device.free_memory() == 130
    device.start_upload(np.arange(7))
    log.clear()
    device.release()
    assert log == [("synchronize", "copies"), "freed", "freed"]
    assert device.pending_copies == []
