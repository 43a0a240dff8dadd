"""The project's own contract tests, for descriptors and models of other packages.

from poregrove.testing import check_descriptor, check_model
check_descriptor(my_descriptor)
check_model(MyModel())
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .descriptor_checks import check_descriptor
    from .model_checks import check_model

__all__ = ["check_descriptor", "check_model"]

_MODULE_OF = {"check_descriptor": "descriptor_checks", "check_model": "model_checks"}
"""Module of each name; modules load at first use."""


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
