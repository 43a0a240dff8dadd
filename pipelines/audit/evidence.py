"""Data that a check may read, and the rows or volumes that a condition selects from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias, cast

import pandas as pd

from ...features import Volume
from ...schema import BUILT_IN, Contract
from ..settings import TargetSettings
from .text import SHOWN

Mask: TypeAlias = "pd.Series[bool]"


@dataclass(frozen=True, eq=False)
class Selection:
    """Part of a table: the mask that picks it, the query that picks it again, the first few by name."""

    mask: Mask
    query: str
    examples: tuple[str, ...]

    @cached_property
    def count(self) -> int:
        """Number of rows of the table that are selected."""
        return int(self.mask.sum())

    def __bool__(self) -> bool:
        return self.count > 0


@dataclass(frozen=True, eq=False)
class Evidence:
    """A data set as the audit sees it.

    ``rows`` has the columns of ``schema.OBSERVATIONS``, ``volumes`` those of ``schema.VOLUMES``;
    ``features`` holds one row a distinct volume, ``volume_digest`` and descriptors, where they are
    known already. ``current_sign`` is the sign of the discharge current that the targets were
    computed with, 0 where none could be found.
    """

    rows: pd.DataFrame
    volumes: pd.DataFrame
    settings: TargetSettings = field(default_factory=TargetSettings)
    current_sign: int = 0
    features: pd.DataFrame | None = None
    contract: Contract = BUILT_IN
    table: pd.DataFrame | None = None
    """All columns of the data set as they are stored, row by row as in ``rows``; None under the built-in contract."""
    open_volume: Callable[[str], Volume] | None = None
    """Reads the volume of a file name; VolumeError where it cannot be read. None: there is nothing to read."""

    def rows_where(self, condition: str) -> Selection:
        """The rows for which a pandas expression over their columns holds."""
        return self.rows_in(holds(self.rows, condition), f'rows.query("{condition}")')

    def rows_in(self, mask: Mask, query: str) -> Selection:
        """The rows of a mask; the examples are of different files."""
        picked = self.rows.loc[mask, ["row", "filename"]].drop_duplicates("filename").head(SHOWN)
        names = (f"row {row} ({name})" for row, name in zip(picked["row"], picked["filename"], strict=True))
        return Selection(mask, query, tuple(names))

    def files_where(self, condition: str) -> Selection:
        """The distinct files among the rows for which an expression holds: the first row of each."""
        return self.files_in(holds(self.rows, condition), f'rows.query("{condition}")')

    def files_in(self, mask: Mask, query: str) -> Selection:
        """The first row of each distinct file among the rows of a mask."""
        names = self.rows.loc[mask, "filename"].drop_duplicates()
        first = pd.Series(self.rows.index.isin(names.index), index=self.rows.index)
        return Selection(first, f'{query}.drop_duplicates("filename")', tuple(names.head(SHOWN)))

    def volumes_where(self, condition: str) -> Selection:
        """The volumes for which a pandas expression over their columns holds."""
        mask = holds(self.volumes, condition)
        names = self.volumes.loc[mask, "filename"].head(SHOWN)
        return Selection(mask, f'volumes.query("{condition}")', tuple(names))

    def of_volumes(self, volumes: Selection) -> Mask:
        """The rows whose volume is among those picked, as a mask."""
        return self.rows["filename"].isin(self.volumes.loc[volumes.mask, "filename"])


def holds(table: pd.DataFrame, condition: str) -> Mask:
    """The rows of a table for which a pandas expression over its columns holds, as a mask."""
    return cast("Mask", table.eval(condition)).astype(bool)
