"""Orchestration: data set, targets, audit, comparison, runs and the command line.

    from poregrove.pipelines import compare, load_bundle
    compare("data", "runs/mine")
    load_bundle("runs/mine").predict("electrode.tif", design)

Importing this package loads nothing heavy; each function loads what it needs when it is called.
"""

from __future__ import annotations

import sys
from types import ModuleType

from .api import (
    audit,
    citation,
    compare,
    enter,
    extract,
    folds,
    init_contract,
    load_bundle,
    load_plugins,
    open_dataset,
    predict,
    read_contract,
)
from .settings import (
    ComparisonSettings,
    Settings,
    StudySettings,
    TargetSettings,
    TuningSettings,
    VolumeSettings,
    read_settings,
)

__all__ = [
    "ComparisonSettings",
    "Settings",
    "StudySettings",
    "TargetSettings",
    "TuningSettings",
    "VolumeSettings",
    "audit",
    "citation",
    "compare",
    "enter",
    "extract",
    "folds",
    "init_contract",
    "load_bundle",
    "load_plugins",
    "open_dataset",
    "predict",
    "read_contract",
    "read_settings",
]


class _Package(ModuleType):
    """A package whose functions stay what they are when a submodule of the same name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        # the import system sets a submodule as an attribute, which would hide the function
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
