"""Runtime settings of PyTorch: threads, device, deterministic kernels."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ...errors import DeviceError
from ..base import Device, FitContext

log = logging.getLogger(__name__)


def placed(context: FitContext) -> FitContext:
    """The context with a device of its own for ``auto``: CUDA where this PyTorch finds it, else the CPU."""
    import torch

    if context.device != "auto":
        return context
    found = torch.cuda.is_available()
    if not found:
        _say_once()
    return replace(context, device="cuda" if found else "cpu")


@functools.cache
def _say_once() -> None:
    log.warning("the network trains on the CPU: this PyTorch finds no CUDA device")


@contextmanager
def surroundings(device: Device, threads: int | None = None) -> Iterator[None]:
    """Within it PyTorch uses at most ``threads`` threads; DeviceError where CUDA was asked for and does not answer."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise DeviceError("PyTorch finds no CUDA device; the network runs with --device cpu")
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
            yield
    finally:
        torch.set_num_threads(before)
