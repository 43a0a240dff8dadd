"""The two packages that bring the module ``xgboost``, with CUDA and without, into one folder."""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, version

from ...errors import ModelError

_PACKAGES = ("xgboost-cpu", "xgboost")
_REMEDY = "pip uninstall --yes xgboost-cpu xgboost, then pip install --no-deps one of them"


@functools.cache
def check_packages() -> None:
    """Refuse a folder that two packages of different versions have written.

    Whichever pip wrote last stands there, with files of the other between: code of one version then calls the
    library of another. Of one version their files are the same but for the library, which is whole.

    Raises
    ------
    ModelError
        Naming both versions, and what puts the folder in order.

    """
    found = {name: known for name in _PACKAGES if (known := _version(name)) is not None}
    if len(set(found.values())) > 1:
        told = " and ".join(f"{name} {known}" for name, known in found.items())
        raise ModelError(f"XGBoost: {told} are installed, which write the same folder; expected one version: {_REMEDY}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
