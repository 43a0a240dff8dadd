"""Processor seconds of the first call of each family of descriptors, with an empty cache of kernels.

    python tests/scale/first_call.py [FAMILY ...]

Each family has a process and a cache of its own; a second call in the same process is beside it.
"""

import os
import subprocess
import sys
import tempfile

from poregrove.features import descriptors

CALL = """
import sys, time
import numpy as np
from poregrove.features import describe
waves = np.fft.fftfreq(24)
square = waves[:, None, None] ** 2 + waves[:, None] ** 2 + waves**2
noise = np.random.default_rng(0).standard_normal((24, 24, 24))
field = np.fft.ifftn(np.fft.fftn(noise) * np.exp(-60.0 * square)).real
volume = field > np.median(field)
for _ in range(2):
    began = time.process_time()
    describe(volume, columns=sys.argv[1:], device="cpu")
    print(f"{time.process_time() - began:8.2f}", end=" ")
"""


def main(families):
    """Print a line a family."""
    for family in families or dict.fromkeys(column.family for column in descriptors(("morphology", "transport"))):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"NUMBA_CACHE_DIR": folder, "NUMBA_NUM_THREADS": "1"}
            done = subprocess.run(
                [sys.executable, "-c", CALL, family], env=environment, capture_output=True, text=True, check=True
            )
        sys.stdout.write(f"{family:24}{done.stdout}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
