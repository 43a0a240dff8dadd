"""Setup of all tests."""

import os
import shutil
import tempfile
from pathlib import Path

from poregrove.features.backends.cpu.compile import wanted_folder

_OWN_CACHE = "poregrove-tests-"


def pytest_configure():
    """One cache of compiled kernels for all tests and the programs they start, and one of descriptors that begins empty.

    Compiling takes half a minute of each process that starts without; ``features/backends/test_compile.py`` leaves this
    aside, as does the slow test that kills ``extract`` while it compiles. Descriptors that another version remembered may
    differ in their ninth digit.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(wanted_folder()))
    if "POREGROVE_CACHE" not in os.environ:  # the workers have that of the process that starts them
        os.environ["POREGROVE_CACHE"] = tempfile.mkdtemp(prefix=_OWN_CACHE)


def pytest_unconfigure(config):
    """Remove that cache once all workers are done."""
    place = os.environ.get("POREGROVE_CACHE", "")
    if not hasattr(config, "workerinput") and Path(place).name.startswith(_OWN_CACHE):
        shutil.rmtree(place, ignore_errors=True)
        del os.environ["POREGROVE_CACHE"]
