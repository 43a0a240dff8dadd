"""A device as host code sees it: an array namespace, kernels to launch, and transfers, all that touches CuPy.

Host code of this folder is written against ``Device`` alone, so that the tests run the same lines on a CPU:

    _KERNEL = kernel(__file__, "double_all")             # of the .cu file beside the module

    def doubled(device: Device, values: Any) -> Any:
        result = device.xp.empty_like(values)
        device.launch(_KERNEL, values.size, values, np.int64(values.size), result)
        return result

Work is queued and nothing waits for it but ``download`` (and what CuPy turns into a Python number: ``int``,
``float``, ``bool``, ``item``; host code uses ``download`` only, so that each wait is in plain sight).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .kernels import BLOCK, Kernel, blocks_for

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

OPTIONS = ("-std=c++14",)
"""For NVRTC."""


class Device(Protocol):
    """Arrays of ``xp`` live on the device; ``NDArray`` is a NumPy array on the host."""

    xp: Any
    """The array namespace: cupy, in the tests numpy or a stricter stand-in."""
    out_of_memory: type[Exception]
    """The exception that an allocation raises where it does not fit."""

    def launch(self, kernel: Kernel, threads: int, *arguments: Any) -> None:
        """Queue a kernel over a line of at least so many threads, in whole blocks; none where ``threads`` is 0.

        ``arguments`` are arrays of the device, C-contiguous, and NumPy scalars of exactly the parameters'
        types (np.int32 for int, np.int64 for long long, np.float32 for float): nothing is converted.
        """

    def upload(self, array: NDArray[Any]) -> Any:
        """Copy an array to the device while the host continues; work queued from now on waits for it."""

    def start_upload(self, array: NDArray[Any]) -> Callable[[], Any]:
        """Begin a copy; calling the result returns it, and only work queued from then on waits for it.

        Work queued in between overlaps with the copy: send the next batch before computing the present one.
        """

    def download(self, *arrays: Any) -> tuple[NDArray[Any], ...]:
        """Copies on the host; waits once, for all of them."""

    def free_memory(self) -> int:
        """Bytes that may be allocated now."""

    def release(self) -> None:
        """Give memory that is kept for later back to the device."""

    def about(self) -> str:
        """The name of the device and its free memory."""


class CupyDevice:
    """The current CUDA device through CuPy; uploads go through pinned memory on a stream of their own."""

    def __init__(self) -> None:
        import cupy

        self.xp: Any = cupy
        self.out_of_memory: type[Exception] = cupy.cuda.memory.OutOfMemoryError
        self._copies = cupy.cuda.Stream(non_blocking=True)
        self.pending_copies: list[tuple[Any, Any, Any]] = []
        """An event that says when it is done, the pinned buffer and the array of each copy."""

    def launch(self, kernel: Kernel, threads: int, *arguments: Any) -> None:
        """Compile the kernel's file at its first launch; CuPy keeps what it compiled on disk."""
        if threads:
            loaded_kernel(kernel, self.xp.cuda.Device().id)((blocks_for(threads),), (BLOCK,), arguments)

    def upload(self, array: NDArray[Any]) -> Any:
        """Sent and received at once."""
        return self.start_upload(array)()

    def start_upload(self, array: NDArray[Any]) -> Callable[[], Any]:
        """Copy to pinned memory, and from there without holding anybody up."""
        import cupyx

        # memory of finished copies is released
        self.pending_copies = [copying for copying in self.pending_copies if not copying[0].done]
        buffer = cupyx.empty_pinned(array.shape, array.dtype)
        buffer[...] = array
        copy = self.xp.empty(array.shape, array.dtype)
        # the memory may have served work that is still queued
        self._copies.wait_event(self.xp.cuda.get_current_stream().record())
        copy.set(buffer, stream=self._copies)
        event = self._copies.record()
        self.pending_copies.append((event, buffer, copy))

        def received() -> Any:
            self.xp.cuda.get_current_stream().wait_event(event)
            return copy

        return received

    def download(self, *arrays: Any) -> tuple[NDArray[Any], ...]:
        """Queue all copies into pinned memory, then wait."""
        import cupyx

        stream = self.xp.cuda.get_current_stream()
        buffers = []
        for array in arrays:
            buffer = cupyx.empty_pinned(array.shape, array.dtype)
            if array.size:
                self.xp.ascontiguousarray(array).get(stream=stream, out=buffer, blocking=False)
            buffers.append(buffer)
        stream.synchronize()
        # pinned memory is scarce and slow to get: results are copied out of it and it is used again
        return tuple(np.array(buffer) for buffer in buffers)

    def free_memory(self) -> int:
        """Memory that the driver has free and that CuPy's pool holds unused."""
        free, _ = self.xp.cuda.Device().mem_info
        return int(free) + int(self.xp.get_default_memory_pool().free_bytes())

    def release(self) -> None:
        """Empty CuPy's pools of unused blocks, those of copies that nobody received among them."""
        self._copies.synchronize()
        self.pending_copies.clear()
        self.xp.get_default_memory_pool().free_all_blocks()
        self.xp.get_default_pinned_memory_pool().free_all_blocks()

    def about(self) -> str:
        """Name and free memory of the device, as the driver states them."""
        name = self.xp.cuda.runtime.getDeviceProperties(self.xp.cuda.Device().id)["name"]
        return f"{name.decode()}, {self.free_memory() / 2**30:.0f} GiB free"


@functools.cache
def loaded_kernel(kernel: Kernel, device: int) -> Any:
    """The compiled kernel: looking it up anew takes longer than launching it."""
    return loaded_module(kernel.source, device).get_function(kernel.name)


@functools.cache
def loaded_module(source: Path, device: int) -> Any:
    """The compiled file, one for each device."""
    del device  # CuPy loads a module into the current one
    import cupy

    return cupy.RawModule(code=source.read_text(encoding="utf-8"), options=OPTIONS)
