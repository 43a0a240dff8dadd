"""Whether a CUDA device answers: asked before any work, by work, and answered in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import DeviceError
from .batches import SHARE, bytes_for
from .diffusion.gradients import DEGREE
from .diffusion.grid import Grid

if TYPE_CHECKING:
    from .device import CupyDevice, Device

ENOUGH = int(bytes_for((200, 200, 200)) / SHARE)
"""Bytes that must be free: a volume of 200^3 voxels at a time."""
_EXTRA = "pip install 'poregrove[gpu]'"


def open_device() -> CupyDevice:
    """The current CUDA device, tried out.

    Raises DeviceError with the reason in one line: no CuPy, no driver, no device, kernels that do not compile
    or run, too little free memory.
    """
    try:
        import cupy
    except ImportError as error:
        raise DeviceError(
            f"the CUDA back end needs cupy, which cannot be imported ({_line(error)}): {_EXTRA}"
        ) from error
    from .device import CupyDevice

    try:
        found = int(cupy.cuda.runtime.getDeviceCount())
        if not found:
            raise DeviceError("no CUDA device is visible (CUDA_VISIBLE_DEVICES may hide it)")
        device = CupyDevice()
        _try_out(device)
        free = device.free_memory()
    # a driver that is missing or too old, a compiler that CuPy cannot load, a device that others fill
    except (RuntimeError, ImportError, OSError, MemoryError, cupy.cuda.compiler.CompileException) as error:
        raise DeviceError(f"CUDA does not work here: {_line(error)}") from error
    if free < ENOUGH:
        raise DeviceError(
            f"the CUDA device has {free / 2**30:.1f} GiB of free memory, the back end wants {ENOUGH / 2**30:.1f}"
        )
    return device


def _try_out(device: Device) -> None:
    """Compile a kernel, run it and check its result: the faces of a single voxel."""
    grid = Grid(1, (1, 1, 1))
    voxel, degree = np.zeros(grid.padded, np.uint8), grid.zeros(device, np.uint8)
    voxel[0, 1, 1, 1] = 1
    grid.launch(device, DEGREE, device.upload(voxel), degree)
    (faces,) = device.download(degree)
    if faces.sum() != 4:  # noqa: PLR2004  two for each outer face
        raise DeviceError(f"the CUDA device computes wrong: a voxel has 4 outer faces along z, not {faces.sum()}")


def _line(error: Exception) -> str:
    """The message of an error on one line, after its kind where it says little."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
