"""Listing and creating models loads no heavy library."""

import subprocess
import sys

PROGRAM = """
import sys
from poregrove.models import registry
for info in registry.available():
    registry.create(info.name)
heavy = {"xgboost", "lightgbm", "sklearn", "scipy", "pandas", "pyarrow", "torch", "numba"} & set(sys.modules)
sys.exit(f"loaded {sorted(heavy)}" if heavy else 0)
"""


def test_models_are_listed_and_created_without_heavy_libraries():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
