"""A CUDA back end whose kernels are executed on the CPU, to try out what will run on a device."""

import runpy
import sys
from pathlib import Path

from poregrove.features.backends.cuda import CudaBackend
from poregrove.features.backends.cuda.device import CupyDevice

HARNESS = Path(__file__).parents[1] / "features" / "backends" / "cuda" / "asynchronous.py"


def emulated_backend(folder):
    """CupyDevice over a stand-in for CuPy, whose work is queued; kernels are compiled into ``folder``. RuntimeError without g++."""
    harness = runpy.run_path(str(HARNESS))
    if harness["emulator"].COMPILER is None:
        raise RuntimeError("no g++ to compile the kernels for the CPU")
    folder.mkdir(parents=True, exist_ok=True)
    machine = harness["Machine"](folder)
    sys.modules["cupy"], sys.modules["cupyx"] = machine.cupy, machine.cupyx
    return CudaBackend(CupyDevice())
