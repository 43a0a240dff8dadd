"""A CUDA back end whose kernels are executed on the CPU, to try out what will run on a device."""

import runpy
from pathlib import Path

from poregrove.features.backends.cuda import CudaBackend

HARNESS = Path(__file__).parents[1] / "features" / "backends" / "cuda" / "emulator.py"


def emulated_backend(folder):
    """Kernels are compiled into ``folder``; RuntimeError without g++."""
    harness = runpy.run_path(str(HARNESS))
    if harness["COMPILER"] is None:
        raise RuntimeError("no g++ to compile the kernels for the CPU")
    folder.mkdir(parents=True, exist_ok=True)
    return CudaBackend(harness["EmulatedDevice"](folder))
