"""The project's own contract tests, for descriptors and models of other packages.

from poregrove.testing import check_descriptor
check_descriptor(my_descriptor)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .descriptor_checks import check_descriptor

__all__ = ["check_descriptor"]


def __getattr__(name: str) -> Any:
    if name == "check_descriptor":
        from .descriptor_checks import check_descriptor

        return check_descriptor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
