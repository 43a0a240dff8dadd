"""The columns that join late: logarithms of columns that span decades, gaps filled, mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float32, Float64
from ..base import Rows
from ..shared.log_columns import LogColumns
from ..shared.standardise import Encoding, encode


@dataclass(frozen=True, eq=False)
class LateFusionTable:
    """Encoding of the columns of rows for the network: p columns in, ``width`` out."""

    columns: tuple[str, ...]
    logged: tuple[str, ...]
    encoding: Encoding

    @property
    def width(self) -> int:
        """Numbers a row."""
        return len(self.encoding.mean)

    def of(self, rows: Rows) -> Float32:
        """float32[n, width]."""
        parts = [self.encoding.apply(block).astype(np.float32) for block in _logged(rows, self.logged).batches()]
        return np.concatenate([np.zeros((0, self.width), np.float32), *parts])


def late_table(rows: Rows, weight: Float64) -> LateFusionTable:
    """The encoding that standardises training rows; ModelError names a column with infinite values."""
    names = rows.columns.names
    if not names:
        nothing = np.zeros(0)
        return LateFusionTable((), (), Encoding(nothing, np.zeros(0, np.intp), nothing, nothing))
    logged = tuple(names[at] for at in LogColumns.of(rows).positions)
    return LateFusionTable(names, logged, encode(_logged(rows, logged), weight))


def _logged(rows: Rows, names: Collection[str]) -> Rows:
    """The rows with the logarithm of some columns; what is not positive becomes a gap."""
    if not names:
        return rows
    columns = rows.columns
    return replace(
        rows,
        descriptors=_logs(rows.descriptors, [name in names for name in columns.descriptors]),
        designs=_logs(rows.designs, [name in names for name in columns.designs]),
        _prepared={},
    )


def _logs(values: Float32, chosen: list[bool]) -> Float32:
    which: NDArray[np.bool_] = np.array(chosen, bool)
    changed = values.copy()
    part = changed[:, which]
    changed[:, which] = np.log(part, where=part > 0, out=np.full_like(part, np.nan))
    return changed
