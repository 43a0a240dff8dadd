"""Interval, spread and size for one column, from its values in the volume and in the sub-volumes of each size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .gradient import has_gradient
from .reasons import FEW, FEW_SIZES, GRADIENT, GROWS, NO_PATH, SAME, UNDEFINED
from .record import ColumnRepresentativity, SizeStatistics
from .statistics import half_width, power_law, standard_error, volume_for

if TYPE_CHECKING:
    from ...array_types import Float64
    from ..declaration import ColumnInfo
    from .covariance import Covariance
    from .sub_volumes import Cut

_PORES = "porosity"
"""The column whose covariance is that of the pores itself."""
_WIDE = 4.0
"""Correlation lengths from which ratios of means, as the mean chord is one, scatter over sub-volumes like means."""


@dataclass(frozen=True)
class Described:
    """The rows of the sub-volumes of one size, and the volume of each of them."""

    cut: Cut
    rows: Sequence[Mapping[str, float]]
    volume: float

    def values(self, column: ColumnInfo) -> Float64:
        """A column over the sub-volumes."""
        return np.array([row[column.name] for row in self.rows], np.float64)

    def statistics(self, column: ColumnInfo) -> SizeStatistics:
        """Mean and standard deviation of a column, and why nothing may follow from them."""
        values, path = self.values(column), path_of(column)
        reason = self.cut.reason
        if not reason and path and not all(row[path] for row in self.rows):
            reason = NO_PATH
        if not reason and not np.isfinite(values).all():
            reason = UNDEFINED
        known = np.isfinite(values).all()
        return SizeStatistics(
            parts=self.cut.parts,
            volume=self.volume,
            edge=self.volume ** (1.0 / 3.0),
            count=len(values),
            mean=float(values.mean()) if known else math.nan,
            std=float(values.std(ddof=1)) if known and len(values) > 1 else math.nan,
            reason=reason,
        )


def path_of(column: ColumnInfo) -> str:
    """The column that says whether there is the path that a column of transport needs; empty for others."""
    if column.tier != "transport" or column.axis is None:
        return ""
    solid = "_solid" if "solid" in column.name.split("_") else ""
    return f"percolates{solid}_{column.axis}"


def of_column(
    column: ColumnInfo, described: Sequence[Described], covariance: Covariance, *, eroded: float, dilated: float
) -> ColumnRepresentativity:
    """The record of a column; ``described`` is the volume itself, then its sub-volumes from large to small."""
    whole, *parts = described
    value, sizes = whole.rows[0][column.name], tuple(item.statistics(column) for item in described)
    usable = [(item, size) for item, size in zip(parts, sizes[1:], strict=True) if not size.reason]
    reason = _reason(column, usable, sizes[1:], whole, covariance)
    low = high = error = spread = exponent = needed = math.nan
    spread_volume = math.nan
    if usable and reason in ("", SAME):
        law = power_law([size for _, size in usable])
        spread, spread_volume, exponent = law.spread, law.volume, law.exponent
        if reason == "" and column.average:
            item, size = _of_error(usable)
            error = _error(column, item, size, whole, covariance)
            half = half_width(error, size.count)
            low, high = value - half, value + half
            needed = volume_for(error, whole.volume, value)
        elif reason == "":
            reason = FEW_SIZES if math.isnan(exponent) else GROWS if exponent <= 0.0 else ""
            needed = law.volume_for(usable[0][1].mean) if not reason else math.nan
    return ColumnRepresentativity(
        column=column,
        value=value,
        low=low,
        high=high,
        standard_error=error,
        spread=spread,
        spread_edge=spread_volume ** (1.0 / 3.0),
        exponent=exponent,
        edge_needed=needed ** (1.0 / 3.0),
        eroded=eroded,
        dilated=dilated,
        reason=reason,
        sizes=sizes,
    )


def _reason(
    column: ColumnInfo,
    usable: Sequence[tuple[Described, SizeStatistics]],
    sizes: Sequence[SizeStatistics],
    whole: Described,
    covariance: Covariance,
) -> str:
    """Why a column has no interval or spread; empty where it has."""
    if column.average and covariance.reason:
        return covariance.reason
    if not usable:
        # the largest of which there are 27 tells why; without any the volume is too small
        return next((size.reason for size in sizes if size.reason != FEW), FEW)
    item, size = _of_error(usable)
    if size.std == 0.0:
        return SAME
    inflation = 1.0 if covariance.reason else size.count * _ratio(covariance, whole, item)
    return GRADIENT if has_gradient(item.values(column), size.parts, inflation) else ""


def _of_error(usable: Sequence[tuple[Described, SizeStatistics]]) -> tuple[Described, SizeStatistics]:
    """The size that errors are taken from: the smallest sub-volumes that are wide, for there are most of them; else the largest."""
    return next((found for found in reversed(usable) if found[0].cut.width >= _WIDE), usable[0])


def _error(
    column: ColumnInfo, item: Described, size: SizeStatistics, whole: Described, covariance: Covariance
) -> float:
    """Standard error of an average: of the porosity by its covariance, of others by the sub-volumes."""
    if column.family == _PORES:
        return math.sqrt(covariance.variance_over(whole.cut.shape))
    return standard_error(size.std, size.count, _ratio(covariance, whole, item))


def _ratio(covariance: Covariance, whole: Described, item: Described) -> float:
    """Variance of the porosity of the whole to that of a sub-volume."""
    return covariance.variance_over(whole.cut.shape) / covariance.variance_over(item.cut.shape)
