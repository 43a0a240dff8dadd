"""Importing the features costs next to nothing."""

import subprocess
import sys

HEAVY = ("numba", "scipy", "sklearn", "pandas", "pyarrow", "torch", "porespy", "cupy", "skimage", "tifffile")


def loaded_after(code):
    program = f"import sys\n{code}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_features_loads_nothing_heavy():
    assert loaded_after("import poregrove.features") == []


def test_listing_the_descriptors_loads_nothing_heavy():
    assert loaded_after("from poregrove.features import descriptors; descriptors()") == []


def test_the_porosity_alone_needs_no_compiler():
    code = "import numpy, poregrove.features as f; f.describe(numpy.ones((2, 2, 2), bool), columns=['porosity'], device='cpu')"
    assert loaded_after(code) == []
