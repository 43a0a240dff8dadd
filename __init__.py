"""Honest baselines for 3D battery electrodes: pore descriptors, boosters, identical folds, one report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pipelines import citation

__all__ = ["__version__", "citation"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "citation":
        from .pipelines import citation

        return citation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
