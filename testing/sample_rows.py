"""A small incomplete crossing of volumes and designs, as real tables are: gaps, random order, unequal groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..array_types import Float32
from ..models.base import Columns, ModelInfo, Rows, TrainingData
from ..schema import SCALARS

VOLUMES, DESIGNS, ROWS_A_VOLUME, EDGE = 24, 12, 8, 8
_DESCRIPTORS = ("porosity", "specific_surface", "first_extra", "second_extra", "column_with_gaps")


@dataclass(frozen=True, eq=False)
class PackedMasks:
    """Pore masks bool[V, z, y, x] in memory, read bit-packed."""

    masks: NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along (z, y, x)."""
        z, y, x = self.masks.shape[1:]
        return z, y, x

    def __len__(self) -> int:
        return len(self.masks)

    def read(self, index: int) -> NDArray[np.uint8]:
        """Volume ``index``, packed along its last axis."""
        return np.packbits(self.masks[index], axis=-1)


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows with one target; every volume and every design is among the training rows."""

    rows: Rows
    y: Float32
    in_training: NDArray[np.bool_]

    def data(self, part: NDArray[Any]) -> TrainingData:
        """The data of a part, with rows that nothing was prepared for."""
        return TrainingData(self.rows.take(part), self.y[part])


def sample_for(info: ModelInfo, seed: int = 0) -> Sample:
    """A sample as a model may see it: lives where it knows censoring, no columns where it looks at ids alone."""
    rng = np.random.default_rng(seed)
    names = tuple(dict.fromkeys((*info.columns, *_DESCRIPTORS)))
    descriptors = rng.uniform(0.2, 0.7, (VOLUMES, len(names))).astype(np.float32)
    porosity = descriptors[:, names.index("porosity")].copy()
    descriptors[::5, names.index("column_with_gaps")] = np.nan
    designs = rng.uniform(1, 2, (DESIGNS, len(SCALARS))).astype(np.float32)
    volume = np.repeat(np.arange(VOLUMES, dtype=np.int32), ROWS_A_VOLUME)
    design = np.concatenate([(i + rng.permutation(DESIGNS)[:ROWS_A_VOLUME]) % DESIGNS for i in range(VOLUMES)])
    order = rng.permutation(len(volume))
    volume, design = volume[order], design[order].astype(np.int32)
    y = np.log(porosity[volume]) + designs[design, 0] * porosity[volume] + np.sin(3 * designs[design, 1])
    y = (y + rng.normal(0, 0.05, len(y))).astype(np.float32)
    masks = rng.random((VOLUMES, EDGE, EDGE, EDGE)) < porosity[:, None, None, None]
    columns = Columns(names, tuple(scalar.name for scalar in SCALARS))
    rows = Rows(descriptors, designs, volume, design, columns, volumes=PackedMasks(masks))
    if info.feature_sets == ("none",):
        rows = Rows(np.zeros((VOLUMES, 0), np.float32), np.zeros((DESIGNS, 0), np.float32), volume, design, Columns())
    in_training = rng.random(len(y)) < 0.8  # noqa: PLR2004  the rest is for early stopping
    for position in (volume, design):
        in_training[np.unique(position, return_index=True)[1]] = True
    return Sample(rows, np.exp(y) if info.censoring else y, in_training)


def renumbered(rows: Rows, seed: int = 0) -> Rows:
    """The same rows over tables in another order, so that every volume and design has another position."""
    rng = np.random.default_rng(seed)
    by_volume, by_design = rng.permutation(len(rows.descriptors)), rng.permutation(len(rows.designs))
    return replace(
        rows,
        descriptors=rows.descriptors[by_volume],
        designs=rows.designs[by_design],
        volume=np.argsort(by_volume).astype(np.int32)[rows.volume],
        design=np.argsort(by_design).astype(np.int32)[rows.design],
        volumes=None if rows.volumes is None else _Reordered(rows.volumes, by_volume),
        _prepared={},
    )


@dataclass(frozen=True, eq=False)
class _Reordered:
    """Volumes in another order."""

    volumes: Any
    order: NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int, int]:
        shape: tuple[int, int, int] = self.volumes.shape
        return shape

    def __len__(self) -> int:
        return len(self.order)

    def read(self, index: int) -> NDArray[np.uint8]:
        packed: NDArray[np.uint8] = self.volumes.read(int(self.order[index]))
        return packed
