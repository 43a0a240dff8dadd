"""Environment of a run: package versions, the machine, and the memory it took."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from ...features.processes import cores

PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "pyarrow",
    "tifffile",
    "scikit-image",
    "scikit-learn",
    "xgboost",
    "lightgbm",
    "catboost",
    "optuna",
    "torch",
    "cupy-cuda12x",
    "cupy-cuda13x",
    "porespy",
)
_KIBIBYTE = 1024


def versions() -> dict[str, str]:
    """Versions of the packages that numbers depend on, those installed only."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine(device: str) -> dict[str, object]:
    """Python, platform and cores; ``device`` is the one that descriptors were computed on."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_count": cores(),
        "device": device,
    }


def own_peak_memory_bytes() -> int | None:
    """Largest resident memory that this process has had; None where unknown."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    return _bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def peak_memory_bytes() -> int | None:
    """Largest resident memory of this process or of any worker that has ended; None where unknown."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return _bytes(peak)


def _bytes(maxrss: int) -> int:
    """Convert the memory that ``getrusage`` counts in kibibytes, but on macOS in bytes."""
    return maxrss if sys.platform == "darwin" else maxrss * _KIBIBYTE
