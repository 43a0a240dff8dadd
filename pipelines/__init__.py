"""Orchestration: data set, targets, audit, comparison, runs and the command line.

from poregrove.pipelines import load_bundle
load_bundle("runs/demo").predict(["electrode.tif"], designs)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bundle.bundle import load_bundle

__all__ = ["load_bundle"]


def __getattr__(name: str) -> Any:
    if name == "load_bundle":
        # pandas and pyarrow take a second to load, and most who import this package want one submodule
        from .bundle.bundle import load_bundle

        return load_bundle
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
