"""The functions of ``poregrove.pipelines``: each loads what it needs when it is called."""

from __future__ import annotations

from .citing import citation
from .comparison import compare, enter, folds
from .contract import init_contract, read_contract
from .data import audit, extract, open_dataset
from .extending import load_plugins
from .prediction import load_bundle, predict

__all__ = [
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
]
