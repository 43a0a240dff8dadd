"""Setup of all tests."""

import os

from poregrove.features.backends.cpu.compile import wanted_folder


def pytest_configure():
    """One cache of compiled kernels for all tests and the programs they start, also for those with a cache of their own.

    Compiling takes half a minute of each process that starts without; ``features/backends/test_compile.py`` leaves this
    aside, as does the slow test that kills ``extract`` while it compiles.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(wanted_folder()))
