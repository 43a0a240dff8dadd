"""Adapters: any scikit-learn regressor, and any PyTorch module on voxels, as models that keep the contract."""

from __future__ import annotations

from .estimator_model import estimator_named, from_sklearn
from .torch_network import from_torch

__all__ = ["estimator_named", "from_sklearn", "from_torch"]
