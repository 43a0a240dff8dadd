"""Rows in the form that the network takes: n rows over the distinct volumes they share, with or without targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float32, Intp
from ..base import Device
from .network import Weights, embed, pooled

Reader = Callable[[Intp], Any]
"""Positions of volumes -> their voxels, float32[b, 1, z, y, x] on the device."""


@dataclass(frozen=True, eq=False)
class VolumeBatches:
    """n rows sorted by volume: those of volume ``volumes[i]`` are ``starts[i]:starts[i + 1]`` of ``order``."""

    volumes: Intp
    order: Intp
    starts: Intp
    table: Float32
    y: Float32
    weight: Float32

    @classmethod
    def of(cls, volume: NDArray[Any], table: Float32, y: Float32, weight: Float32) -> VolumeBatches:
        """Create from volume int[n], table float32[n, q], y float32[n, t] with NaN where unknown, weight float32[n]."""
        volumes, counts = np.unique(volume, return_counts=True)
        starts = np.concatenate([[0], np.cumsum(counts)])
        return cls(volumes.astype(np.intp), np.argsort(volume, kind="stable"), starts, table, y, weight)

    def batches(self, size: int, rng: np.random.Generator | None = None) -> Iterator[tuple[Intp, Intp, Intp]]:
        """Every volume once with all its rows, at random where ``rng`` is given.

        Yields the positions of at most ``size`` distinct volumes, the rows, and for each row which of
        these volumes is its own.
        """
        places = np.arange(len(self.volumes)) if rng is None else rng.permutation(len(self.volumes))
        for start in range(0, len(places), size):
            chosen = places[start : start + size]
            parts = [self.order[self.starts[place] : self.starts[place + 1]] for place in chosen]
            own = np.repeat(np.arange(len(chosen)), [len(part) for part in parts])
            yield self.volumes[chosen], np.concatenate(parts), own

    def part(self, rows: Intp, device: Device) -> tuple[Any, Any, Any]:
        """Columns, targets and weights of some rows on the device."""
        import torch

        table, y, weight = (torch.from_numpy(values[rows]).to(device) for values in (self.table, self.y, self.weight))
        return table, y, weight


def encoded(weights: Weights, voxels: Any) -> Any:
    """float32[b, embedding] of the voxels of b volumes; on CUDA the convolutions run in bfloat16."""
    import torch

    with torch.autocast(device_type=voxels.device.type, dtype=torch.bfloat16, enabled=voxels.is_cuda):
        features = pooled(weights, voxels)
    return embed(weights, features.float())
