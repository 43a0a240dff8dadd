"""Records of what one volume can be trusted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..declaration import ColumnInfo


@dataclass(frozen=True)
class SizeStatistics:
    """A column over the sub-volumes of one size; lengths in metres, or voxels where their size is unknown."""

    parts: int
    """Parts into which each edge of the volume is cut; 1 is the volume itself."""
    volume: float
    edge: float
    """Edge of the cube of that volume."""
    count: int
    mean: float
    std: float
    """Standard deviation over the sub-volumes; NaN of the volume itself."""
    reason: str
    """Why nothing may follow from this size; empty: something may."""


@dataclass(frozen=True)
class ColumnRepresentativity:
    """Interval, spread and size of one number of one volume.

    A column that is a mean over the volume has an interval, ``low`` to ``high``; any other has only a ``spread`` over the largest
    sub-volumes of which there are 27, and how fast it falls.
    """

    column: ColumnInfo
    value: float
    low: float
    """Lower end of the 95 % interval of the material's value; NaN of columns that are no averages."""
    high: float
    standard_error: float
    spread: float
    spread_edge: float
    """Edge of the cube of the volume of the sub-volumes with this spread."""
    exponent: float
    """a in spread ~ V^-a; about 1/2 where nothing correlates far."""
    edge_needed: float
    """Edge of the cube in which 1.96 standard errors, or spreads, are 5 % of the value."""
    eroded: float
    """Value where the pores have lost the voxels next to the solid."""
    dilated: float
    """Value where the pores have gained the solid voxels next to them."""
    reason: str
    """Why numbers above are NaN: a key of ``reasons.MEANINGS``; empty where none is by chance of the volume."""
    sizes: tuple[SizeStatistics, ...]


@dataclass(frozen=True)
class Representativity:
    """Representativity of one volume, column by column; lengths in metres, or voxels where their size is unknown."""

    shape: tuple[int, int, int]
    correlation_lengths: tuple[float, float, float]
    """Lags along z, y, x at which the covariance of the pores falls to 1/e."""
    integral_range: float
    """Volume A3 in Var(porosity over V) = phi (1 - phi) A3 / V."""
    columns: tuple[ColumnRepresentativity, ...]
    metres: bool
    """Whether lengths are in metres."""

    def __getitem__(self, name: str) -> ColumnRepresentativity:
        """One column by its name; KeyError for others."""
        return {item.column.name: item for item in self.columns}[name]

    def rows(self) -> list[dict[str, Any]]:
        """A row a column, as for a table."""
        return [
            {
                "column": item.column.name,
                "unit": item.column.unit,
                "value": item.value,
                "low": item.low,
                "high": item.high,
                "spread": item.spread,
                "spread_edge": item.spread_edge,
                "exponent": item.exponent,
                "edge_needed": item.edge_needed,
                "eroded": item.eroded,
                "dilated": item.dilated,
                "reason": item.reason,
            }
            for item in self.columns
        ]
