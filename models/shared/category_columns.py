"""Categories as one column each, for boosters that split levels into two sets by themselves.

A matrix holds a category as one column of 0 and 1 a level, which is all that most models can take. Boosters
are given one column of level numbers in their place; what they say of that column goes back to the level of each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...array_types import Float32, Float64
    from ..base import Columns

NATIVE_LEVELS = 8
"""Levels from which a split into two sets of them is worth more than a column each: see docs/own-data.md."""
_IS_LEVEL = 0.5


@dataclass(frozen=True)
class CategoryColumns:
    """The p columns of a matrix, and those of them that are the levels of one category, category by category."""

    columns: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def _levels(self) -> tuple[NDArray[np.intp], ...]:
        """Positions of the levels of each category."""
        return tuple(np.array([self.columns.index(name) for name in levels]) for levels in self.categories)

    @cached_property
    def _others(self) -> NDArray[np.intp]:
        """Positions of the columns that belong to no category."""
        levels = {int(at) for positions in self._levels for at in positions}
        return np.array([at for at in range(len(self.columns)) if at not in levels], np.intp)

    @property
    def positions(self) -> list[int]:
        """Where the categories stand in a joined matrix: behind all else."""
        return [len(self._others) + number for number in range(len(self.categories))]

    @property
    def kinds(self) -> list[str] | None:
        """``q`` for a quantity and ``c`` for a category, a joined column each, as XGBoost has them; None without categories."""
        return [*["q"] * len(self._others), *["c"] * len(self.categories)] if self.categories else None

    def joined(self, block: Float32) -> Float32:
        """float32[n, q]: the columns of no category, then the number of each category's level, NaN where it has none."""
        if not self.categories:
            return block
        parts = [block[:, self._others]]
        for positions in self._levels:
            is_level = block[:, positions] > _IS_LEVEL
            number = np.where(is_level.any(axis=1), is_level.argmax(axis=1), np.nan)
            parts.append(number[:, None].astype(np.float32))
        return np.concatenate(parts, axis=1)

    def parted(self, values: Float64, block: Float32) -> Float64:
        """float64[n, p]: contributions of joined columns, float64[n, q], as those of the columns of ``block``.

        What a category gives to a row belongs to the level that the row has; to all in equal parts where it has none.
        """
        if not self.categories:
            return values
        found = np.zeros((len(values), len(self.columns)))
        found[:, self._others] = values[:, : len(self._others)]
        for positions, at in zip(self._levels, self.positions, strict=True):
            share = (block[:, positions] > _IS_LEVEL).astype(np.float64)
            share[~share.any(axis=1)] = 1 / len(positions)
            found[:, positions] = share * values[:, [at]]
        return found


def native_categories(columns: Columns, fewest: int) -> CategoryColumns:
    """The columns with those categories that have at least ``fewest`` levels; without any where that is 0."""
    kept = tuple(levels for levels in columns.categories if fewest and len(levels) >= fewest)
    return CategoryColumns(columns.names, kept)
