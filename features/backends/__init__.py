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
        raise SettingsError(f"unknown back end {name!r}: one of {', '.join(BACKENDS)}")
    if name == "auto":
        return _automatic()
    return _cpu() if name == "cpu" else _cuda()


@functools.cache
def _automatic() -> Backend:
    try:
        return _cuda()
    except DeviceError as error:
        log.info("descriptors are computed on the CPU: %s", error)
        return _cpu()


@functools.cache
def _cpu() -> Backend:
    from .cpu import CpuBackend

    return CpuBackend()


@functools.cache
def _cuda() -> Backend:
    from .cuda import CudaBackend
    from .cuda.probe import open_device

    device = open_device()
    log.info("descriptors are computed on CUDA: %s", device.about())
    return CudaBackend(device)
