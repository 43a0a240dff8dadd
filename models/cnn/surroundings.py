"""What a call of PyTorch runs under: its threads, its device, kernels that give the same bits again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import DeviceError
from ..base import Device


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
