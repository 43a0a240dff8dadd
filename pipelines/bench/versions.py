"""Installed versions of this project's libraries and of its peers."""

from __future__ import annotations

import importlib.metadata
import importlib.util

_DISTRIBUTIONS = (
    "numpy",
    "scipy",
    "numba",
    "cupy-cuda12x",
    "cupy-cuda13x",
    "cupy",
    "taufactor",
    "torch",
    "porespy",
    "scikit-image",
    "edt",
)


def versions() -> dict[str, str]:
    """Version of each distribution that is installed."""
    found = {}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def installed(package: str) -> bool:
    """Whether a package can be imported, by its import name."""
    return importlib.util.find_spec(package) is not None
