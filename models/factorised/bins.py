"""Columns in bins: descriptors once a volume, scalars once a design, physics features once a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ModelError
from ..base import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...array_types import Float32, Float64, Ints, UInt8
    from ..base import Rows

GAP = 0
"""Bin of a value that is missing; those of values count from 1."""
MOST_BINS = 255
"""Bins of the values of a column."""
_SAMPLED_ROWS = 100_000
"""Rows from whose values the cuts of a physics feature are taken."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """Ascending thresholds of every column, float64[at most 254] each: values up to a threshold lie below it.

    A column of few distinct values has them halfway between any two; else they part the volumes, designs or rows evenly.
    """

    descriptors: tuple[Float64, ...]
    designs: tuple[Float64, ...]
    joined: tuple[Float64, ...]

    @classmethod
    def of(cls, rows: Rows) -> Cuts:
        """From the volumes and designs of these rows; ModelError naming a column with infinite values."""
        names = rows.columns
        used, designed = np.unique(rows.volume), np.unique(rows.design)
        descriptors = _cuts(names.descriptors, rows.descriptors[used]) if names.descriptors else ()
        designs = _cuts(names.designs, rows.designs[designed]) if names.designs else ()
        joined: tuple[Float64, ...] = ()
        if rows.joined is not None and names.joined:
            at = np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLED_ROWS)).astype(np.intp)
            joined = _cuts(names.joined, rows.joined(rows.volume[at], rows.design[at]))
        return cls(descriptors, designs, joined)

    @property
    def columns(self) -> tuple[Float64, ...]:
        """Those of all columns, in the order of the matrix."""
        return (*self.descriptors, *self.designs, *self.joined)


@dataclass(frozen=True, eq=False)
class BinnedRows:
    """n rows over V volumes and D designs, their columns in bins.

    volume, design: int32[n], positions in by_volume: uint8[p, V] and by_design: uint8[q, D]; by_row: uint8[r, n].
    """

    volume: Ints
    design: Ints
    by_volume: UInt8
    by_design: UInt8
    by_row: UInt8

    @classmethod
    def of(cls, rows: Rows, cuts: Cuts) -> BinnedRows:
        """The rows in the bins of ``cuts``; tables are binned where rows use them."""
        return cls(
            volume=np.array(
                rows.volume, np.int32
            ),  # a copy: kernels would be compiled once more for arrays that are read-only
            design=np.maximum(rows.design, 0, dtype=np.int32),  # rows of distinct volumes have none
            by_volume=_table(cuts.descriptors, rows.descriptors, rows.volume),
            by_design=_table(cuts.designs, rows.designs, rows.design),
            by_row=_by_row(cuts.joined, rows),
        )

    def __len__(self) -> int:
        return len(self.volume)


def _cuts(names: Iterable[str], values: Float32) -> tuple[Float64, ...]:
    return tuple(_cuts_of(name, column) for name, column in zip(names, values.T, strict=True))


def _cuts_of(name: str, column: Float32) -> Float64:
    if np.isinf(column).any():
        raise ModelError(f"column {name!r} has infinite values")
    known = np.sort(column[~np.isnan(column)]).astype(np.float64)
    distinct = np.unique(known)
    if len(distinct) <= MOST_BINS:
        return (distinct[:-1] + distinct[1:]) / 2
    at = np.linspace(0, len(known), MOST_BINS + 1)[1:-1].astype(np.intp)
    return np.unique((known[at - 1] + known[at]) / 2)


def _table(cuts: tuple[Float64, ...], values: Float32, used: Ints) -> UInt8:
    """uint8[p, m]: the bins of a table's rows that are used, GAP elsewhere."""
    bins = np.full((len(cuts), max(len(values), 1)), GAP, np.uint8)
    at = np.unique(used)
    for column, own in enumerate(cuts):
        bins[column, at] = _bins(values[at, column], own)
    return bins


def _by_row(cuts: tuple[Float64, ...], rows: Rows) -> UInt8:
    bins = np.empty((len(cuts), len(rows)), np.uint8)
    if rows.joined is None or not cuts:
        return bins
    for start in range(0, len(rows), BATCH_ROWS):
        part = slice(start, start + BATCH_ROWS)
        values = rows.joined(rows.volume[part], rows.design[part])
        for column, own in enumerate(cuts):
            bins[column, part] = _bins(values[:, column], own)
    return bins


def _bins(values: Float32, cuts: Float64) -> UInt8:
    bins = (np.searchsorted(cuts, values.astype(np.float64)) + 1).astype(np.uint8)
    bins[np.isnan(values)] = GAP
    return bins
