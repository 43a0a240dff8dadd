"""A network as its trainer sees it: named tensors, and outputs of rows from the voxels of their volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...array_types import Intp
from ..base import Device
from .examples import Reader, encoded
from .network import FIXED, Architecture, Weights, answer, initial, pooled

CALIBRATED_ON = 64
"""Volumes on which the spread of the pooled features is measured."""


class TrainableNetwork(Protocol):
    """Pure functions of a mapping of weights, which the trainer owns, keeps and hands back."""

    @property
    def fixed(self) -> frozenset[str]:
        """Names of the tensors that are not learned by gradients: measured once, or as a side effect of training."""
        ...

    def start(self, seed: int, device: Device, reader: Reader, volumes: Intp, batch: int) -> Weights:
        """Weights to start from, on the device; they may be measured on the training volumes, ``batch`` at a time."""
        ...

    def outputs(self, weights: Weights, voxels: Any, own: Any, table: Any, *, step: int | None) -> Any:
        """float32[n, t] of n rows: voxels float32[b, 1, z, y, x], the volume int[n] of each row, columns float32[n, q].

        ``step``: the seed of what is random in a training step; None: not in training.
        """
        ...


@dataclass(frozen=True)
class EncoderNetwork:
    """The built-in residual encoder, whose volumes are encoded once a batch however many rows they have."""

    architecture: Architecture

    @property
    def fixed(self) -> frozenset[str]:
        """The statistics of the pooled features."""
        return frozenset(FIXED)

    def start(self, seed: int, device: Device, reader: Reader, volumes: Intp, batch: int) -> Weights:
        """Random weights, with the pooled features measured on the training volumes (Salimans & Kingma 2016)."""
        import torch

        weights = {name: tensor.to(device) for name, tensor in initial(self.architecture, seed).items()}
        distinct = np.unique(volumes[np.linspace(0, len(volumes) - 1, CALIBRATED_ON).astype(np.intp)])
        parts = [distinct[start : start + batch] for start in range(0, len(distinct), batch)]
        with torch.no_grad():
            features = torch.cat([pooled(weights, reader(part)) for part in parts])
        deviation = features.std(dim=0, correction=0)
        mean = features.mean(dim=0)
        varies = deviation > torch.finfo(torch.float32).eps * mean.abs()
        return {**weights, FIXED[0]: mean, FIXED[1]: torch.where(varies, deviation, 1.0)}

    def outputs(self, weights: Weights, voxels: Any, own: Any, table: Any, *, step: int | None) -> Any:
        """Encode each volume, then join the columns of its rows; nothing is random."""
        del step
        return answer(weights, encoded(weights, voxels)[own], table)
