"""The CUDA device under test; or, to try the tests themselves where there is none, its kernels on the CPU.

With POREGROVE_EMULATED=1 the kernels are executed on the CPU (needs g++) and volumes are small, so that what
a device will run has run before: ``CupyDevice`` too, over a stand-in for CuPy.
"""

import gc
import os
import sys
from pathlib import Path

import pytest

from poregrove.errors import DeviceError
from poregrove.features import backends

sys.path.insert(0, str(Path(__file__).parent))
from emulated import emulated_backend

EMULATED = bool(os.environ.get("POREGROVE_EMULATED"))


@pytest.fixture(scope="session")
def backend(tmp_path_factory):
    """The CUDA back end, which ``device="cuda"`` means; skips, with the reason, where no device answers."""
    if EMULATED:
        kernels = os.environ.get("POREGROVE_KERNELS")
        found = emulated_backend(Path(kernels) if kernels else tmp_path_factory.mktemp("kernels"))
    else:
        try:
            found = backends.get_backend("cuda")
        except DeviceError as error:
            pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backends, "cuda_backend", lambda: found)
        yield found


@pytest.fixture(scope="session")
def pool(backend):
    """CuPy's memory pool, or what stands for it."""
    return backend.xp.get_default_memory_pool()


@pytest.fixture
def free_memory_pool(backend):
    """Frees what nobody holds any more, before the test and when called."""

    def free_memory_pool():
        gc.collect()
        backend.device.release()

    free_memory_pool()
    return free_memory_pool
