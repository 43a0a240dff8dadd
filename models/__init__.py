"""Models: tables (and volumes) in, predictions out. One model a file.

    from poregrove.models import available, create
    create("xgboost", rounds=200)

A model of one's own is a frozen dataclass that keeps the contract of ``Model``; ``poregrove.testing.check_model`` tries it.
"""

from __future__ import annotations

from .adapters import from_torch
from .base import FitContext, Fitted, Model, ModelInfo, Prediction, Rows, TrainingData
from .registry import available, create, load

__all__ = [
    "FitContext",
    "Fitted",
    "Model",
    "ModelInfo",
    "Prediction",
    "Rows",
    "TrainingData",
    "available",
    "create",
    "from_torch",
    "load",
]
