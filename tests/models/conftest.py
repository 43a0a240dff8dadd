"""Rows to fit on: an incomplete crossing of volumes and designs, with what real tables have."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from poregrove.models.base import Columns, Rows

LAW_COLUMNS = (
    "porosity",
    "specific_surface",
    "geodesic_tortuosity_mean_z",
    "chord_length_mean_z",
    "chord_length_mean_y",
    "chord_length_mean_x",
)
SCALARS = tuple(f"scalar {i} [m.s-1]" for i in range(15))


@dataclass(frozen=True)
class PackedVolumes:
    """Voxels in memory, bit-packed as ``Volumes`` wants them."""

    masks: np.ndarray

    @property
    def shape(self):
        return self.masks.shape[1:]

    def __len__(self):
        return len(self.masks)

    def read(self, index):
        return np.packbits(self.masks[index], axis=-1)


@dataclass(frozen=True)
class Case:
    """Rows with a target, and the parts of them that a fold would make."""

    rows: Rows
    y: np.ndarray
    train: np.ndarray
    valid: np.ndarray

    def parts(self):
        """Arguments of fit: training rows and targets, validation rows and targets."""
        return self.rows.take(self.train), self.y[self.train], self.rows.take(self.valid), self.y[self.valid]


def freeze(*arrays):
    for array in arrays:
        array.setflags(write=False)


@pytest.fixture
def make_case():
    """A case of V volumes x D designs with ``per`` rows a volume and ``extra`` further descriptors.

    Rows are in random order, arrays are read-only, and with ``gaps`` some descriptors are NaN.
    Every volume and every design occurs in training.
    """

    def make(volumes=24, designs=12, per=8, extra=4, seed=0, *, gaps=True):
        rng = np.random.default_rng(seed)
        names = (*LAW_COLUMNS, *(f"extra_{i}" for i in range(extra)))
        descriptors = rng.uniform(0.2, 0.7, (volumes, len(names))).astype(np.float32)
        if gaps:
            descriptors[1, 2] = np.nan
            descriptors[::5, -1] = np.nan
        table = rng.uniform(1, 2, (designs, len(SCALARS))).astype(np.float32)
        volume = np.repeat(np.arange(volumes, dtype=np.int32), per)
        design = np.concatenate([(i + rng.permutation(designs)[:per]) % designs for i in range(volumes)]).astype(
            np.int32
        )
        order = rng.permutation(len(volume))
        volume, design = volume[order], design[order]
        porosity = descriptors[volume, 0]
        y = (np.log(porosity) + table[design, 0] * porosity + np.sin(3 * table[design, 1])).astype(np.float32)
        y += rng.normal(0, 0.05, len(y)).astype(np.float32)
        voxels = PackedVolumes(rng.random((volumes, 8, 8, 8)) < descriptors[:, 0, None, None, None])
        freeze(descriptors, table, volume, design, y)
        rows = Rows(descriptors, table, volume, design, Columns(names, SCALARS), volumes=voxels)
        valid = rng.random(len(y)) < 0.2
        for position in (volume, design):
            for group in range(position.max() + 1):
                valid[np.flatnonzero(position == group)[0]] = False
        return Case(rows, y, ~valid, valid)

    return make


def for_model(case, info):
    """The case as the model may see it: lives for survival models, no columns where it knows ids alone."""
    if info.censoring is not None:
        case = replace(case, y=np.exp(case.y))
    if info.feature_sets != ("none",):
        return case
    rows = replace(
        case.rows,
        descriptors=np.zeros((len(case.rows.descriptors), 0), np.float32),
        designs=np.zeros((len(case.rows.designs), 0), np.float32),
        columns=Columns(),
    )
    return replace(case, rows=rows)


@pytest.fixture
def case_for(make_case):
    return lambda info, **options: for_model(make_case(**options), info)
