"""Back ends: the array namespace plus a few primitives, the only place that imports scipy, numba or cupy."""

from __future__ import annotations

import functools
import logging

from ...errors import DeviceError, SettingsError
from .protocol import Backend, Components, RunLengths

__all__ = ["BACKENDS", "Backend", "Components", "RunLengths", "get_backend"]

log = logging.getLogger(__name__)

BACKENDS = ("auto", "cpu", "cuda")


def get_backend(name: str = "auto") -> Backend:
    """The back end of that name; ``auto`` is a CUDA device where one answers with enough memory, else the CPU.

    What is taken, and why, is logged once. Raises DeviceError where ``cuda`` is asked for and does not
    answer, SettingsError for another name.
    """
    if name not in BACKENDS:
        raise SettingsError(f"unknown device {name!r}: one of {', '.join(BACKENDS)}")
    if name == "auto":
        return automatic_backend()
    return cpu_backend() if name == "cpu" else cuda_backend()


@functools.cache
def automatic_backend() -> Backend:
    """A CUDA device where one answers, else the CPU; asked once."""
    try:
        return cuda_backend()
    except DeviceError as error:
        log.info("descriptors are computed on the CPU: %s", error)
        return cpu_backend()


@functools.cache
def cpu_backend() -> Backend:
    """The back end of numba kernels."""
    from .cpu import CpuBackend

    return CpuBackend()


@functools.cache
def cuda_backend() -> Backend:
    """The back end of the CUDA device; DeviceError where none answers."""
    from .cuda import CudaBackend
    from .cuda.probe import open_device

    device = open_device()
    log.info("descriptors are computed on CUDA: %s", device.about())
    return CudaBackend(device)
