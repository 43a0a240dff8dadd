"""Which grey values are pore: the labels of a sample of volumes against the porosities that a table states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...array_types import Float64
from ...errors import DataSetError, VolumeError
from ...features.formats import read_scan
from .column_values import is_share
from .dataset import Dataset
from .phase import TOLERANCE, Levels, PoreConvention, infer_convention, levels_of

SAMPLED = 12
"""Volumes that are read for their labels."""


@dataclass(frozen=True)
class VolumeSample:
    """Grey values of some volumes, the row of the table that names each, and why there are none."""

    levels: tuple[Levels, ...] = ()
    rows: tuple[int, ...] = ()
    trouble: str = ""

    @property
    def labelled(self) -> tuple[Levels, ...]:
        """Those that hold few distinct values, each with its share."""
        return tuple(item for item in self.levels if len(item.shares))


@dataclass(frozen=True)
class StatedPore:
    """The labels whose share is what a column states, and how well they agree."""

    column: str
    pore: tuple[int, ...]
    convention: PoreConvention


def sample_volumes(dataset: Dataset, names: pd.Series[Any]) -> VolumeSample:
    """Read some of the volumes that a column names; those that cannot be read are left to the audit."""
    distinct = names.dropna().astype(str).drop_duplicates()
    picked = np.unique(np.linspace(0, len(distinct) - 1, min(SAMPLED, len(distinct))).astype(int))
    levels, rows = [], []
    for row, name in distinct.iloc[picked].items():
        try:
            levels.append(levels_of(read_scan(dataset.resolve(name)).voxels))
        except (DataSetError, VolumeError):
            continue  # the audit says what is wrong with it
        rows.append(int(str(row)))  # the index of the table counts its rows
    return VolumeSample(tuple(levels), tuple(rows), "" if levels else "no volume could be read")


def stated_pore(levels: Sequence[Levels], stated: Mapping[str, Float64]) -> StatedPore | None:
    """The column whose porosities are the share of some labels best, with these labels; None where none agrees."""
    best: StatedPore | None = None
    for column, values in stated.items():
        if not is_share(values, ends=False):
            continue
        found = infer_convention(levels, list(values), None)
        if found.rule == "assumed" or not found.error <= TOLERANCE:
            continue
        labels = sorted({value for item in levels for value in labels_of(item)})
        pore = found.named or (labels[-1:] if found.rule == "upper" else labels[:1])
        if best is None or found.error < best.convention.error:
            best = StatedPore(column, tuple(int(value) for value in pore), found)
    return best


def labels_of(item: Levels) -> tuple[float, ...]:
    """The distinct values of a volume."""
    return item.values  # noqa: PD011  no data frame


def shares_in_words(levels: Sequence[Levels]) -> str:
    """The labels with their mean shares."""
    total: dict[float, float] = {}
    for item in levels:
        for value, share in zip(labels_of(item), item.shares, strict=True):
            total[value] = total.get(value, 0.0) + share / len(levels)
    return ", ".join(f"{value:g} {100 * share:.3g} %" for value, share in sorted(total.items()))
