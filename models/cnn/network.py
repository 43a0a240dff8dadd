"""The network as pure functions of a mapping of weights: voxels -> embedding, embedding and scalars -> targets.

A residual encoder in four stages, each halving the edge. Nothing normalises over a batch, so what
a volume is encoded to depends on that volume alone: residual branches start at zero gain instead
(De & Smith 2020, arXiv:2002.10444). After the stem and after each stage the features are pooled to
their mean over the volume and to the least and greatest of their plane means along axis 0, through
which the ions flow: a local quantity such as porosity needs no deep path, and a bottleneck plane
shows however thick the electrode is. Pooling makes the network indifferent to the size and the
shape of the volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

Weights: TypeAlias = "dict[str, Any]"
"""Tensors by name."""

GROWTH = (1, 2, 4, 6)
"""Channels of the stages, in units of the width."""
STEM = 5
"""Edge of the first kernel."""
POOLED = 3
"""Numbers that a channel is pooled to."""
FIXED = ("pool.mean", "pool.scale")
"""Statistics that are measured on the training volumes, not learned."""


@dataclass(frozen=True)
class Architecture:
    """Sizes of a network: channels of the first stage, units of the late layers, columns and targets."""

    width: int
    columns: int
    targets: int
    embedding: int = 64

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of the four stages."""
        return tuple(self.width * factor for factor in GROWTH)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every weight by its name."""
        channels, unit = self.channels, self.embedding
        shapes: dict[str, tuple[int, ...]] = {"stem": (channels[0], 1, STEM, STEM, STEM)}
        for number, (before, here) in enumerate(pairwise((channels[0], *channels)), start=1):
            if number > 1:
                shapes[f"stage{number}.down"] = (here, before, 3, 3, 3)
            shapes |= {f"stage{number}.{name}": (here, here, 3, 3, 3) for name in ("first", "second")}
            shapes |= {f"stage{number}.gain": (1,)}
        pooled = POOLED * (channels[0] + sum(channels))
        shapes |= dict.fromkeys(FIXED, (pooled,))
        shapes |= _layer("embed", pooled, unit)
        if self.columns:
            shapes |= _layer("table", self.columns, unit)
        shapes |= _layer("joint", 2 * unit if self.columns else unit, 2 * unit)
        return shapes | _layer("out", 2 * unit, self.targets)

    @property
    def size(self) -> int:
        """Number of learned weights."""
        return int(sum(np.prod(shape) for name, shape in self.shapes().items() if name not in FIXED))


def _layer(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def initial(architecture: Architecture, seed: int) -> Weights:
    """Weights to start from, float32 on the CPU, as He et al. 2015 (arXiv:1502.01852) scale them.

    Gains, biases and the last layer are zero: an untrained network answers with the mean of each target.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in architecture.shapes().items():
        zero = len(shape) == 1 or name == "out.weight"
        scale = 0.0 if zero else (2.0 / float(np.prod(shape[1:]))) ** 0.5
        weights[name] = torch.randn(shape, generator=generator) * scale
    weights["pool.scale"] += 1.0
    return weights


def pooled(weights: Weights, volumes: Any) -> Any:
    """float[b, pooled]: the features of b volumes, float[b, 1, z, y, x] about zero."""
    import torch
    from torch.nn.functional import conv3d, relu

    x = conv3d(volumes, weights["stem"], stride=2, padding=STEM // 2)
    found = [_pool(x)]
    for number in range(1, len(GROWTH) + 1):
        stage = f"stage{number}"
        if number > 1:
            x = conv3d(relu(x), weights[f"{stage}.down"], stride=2, padding=1)
        inner = conv3d(relu(x), weights[f"{stage}.first"], padding=1)
        inner = conv3d(relu(inner), weights[f"{stage}.second"], padding=1)
        x = x + weights[f"{stage}.gain"] * inner
        found.append(_pool(x))
    return torch.cat(found, dim=1)


def _pool(x: Any) -> Any:
    """Mean over the volume, least and greatest plane mean along axis 0: [b, 3 c] of [b, c, z, y, x]."""
    import torch

    planes = x.float().mean(dim=(3, 4))
    return torch.cat([planes.mean(dim=2), planes.amin(dim=2), planes.amax(dim=2)], dim=1)


def embed(weights: Weights, features: Any) -> Any:
    """float32[b, embedding] of pooled features, each measured in its spread over the training volumes."""
    from torch.nn.functional import gelu, linear

    standard = (features - weights["pool.mean"]) / weights["pool.scale"]
    return gelu(linear(standard, weights["embed.weight"], weights["embed.bias"]))


def answer(weights: Weights, embedding: Any, table: Any) -> Any:
    """float32[n, targets] of n rows: embeddings float32[n, embedding] joined late with columns float32[n, q]."""
    import torch
    from torch.nn.functional import gelu, linear

    joined = embedding
    if "table.weight" in weights:
        scalars = gelu(linear(table, weights["table.weight"], weights["table.bias"]))
        joined = torch.cat([embedding, scalars], dim=1)
    hidden = gelu(linear(joined, weights["joint.weight"], weights["joint.bias"]))
    return linear(hidden, weights["out.weight"], weights["out.bias"])
