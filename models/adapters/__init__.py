"""Adapters: any scikit-learn regressor, and any PyTorch module on voxels, as models that keep the contract."""

from __future__ import annotations

from .torch_network import from_torch

__all__ = ["from_torch"]
