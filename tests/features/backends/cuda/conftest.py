"""Devices that are none: the kernels of the CUDA back end executed on the CPU."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

HERE = Path(__file__).parent


def beside(name):
    """The names of a file in this folder; tests are no package that could import it."""
    return SimpleNamespace(**runpy.run_path(str(HERE / name)))


emulator = beside("emulator.py")
strict = beside("strict_space.py")
KINDS = {
    "numpy, forwards": (None, "forwards"),
    "strict, backwards": (strict.StrictSpace, "backwards"),
    "strict, shuffled": (strict.StrictSpace, "shuffled"),
    "numpy, concurrent": (None, "concurrent"),
}


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    """The folder of kernels compiled for the CPU, which workers of one test run share."""
    if emulator.COMPILER is None:
        pytest.skip("no g++ to compile the kernels for the CPU")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "kernels"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def make_device(kernels):
    """A function that makes a device: ``make_device(order, strict=True, memory=bytes)``; see ``EmulatedDevice``."""

    def make(order="forwards", *, strictly=True, memory=2**30):
        return emulator.EmulatedDevice(kernels, order, strict.StrictSpace if strictly else None, memory)

    return make


@pytest.fixture(params=KINDS, ids=lambda name: name.replace(", ", "-"))
def device(request, make_device):
    """Each kind of device in turn: plain NumPy arrays, arrays as strict as CuPy's, three orders of threads."""
    space, order = KINDS[request.param]
    return make_device(order, strictly=space is not None)


@pytest.fixture
def put():
    """A function that brings a host array to a device; on plain NumPy it may not be written afterwards."""

    def put(device, array):
        array = device.upload(array)
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
        return array

    return put
