"""Targets of lives that were not observed to their end, as bounds for models that know censoring."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float32, Floats, Ints
from ...models.base import ModelInfo
from ..tables.arrays import LIFE, Table


def bounds_of(info: ModelInfo, target: str, table: Table, at: Ints, y: NDArray[Any]) -> tuple[Floats, Float32 | None]:
    """Bounds to fit a model on: lower bounds and, where it knows censoring, upper bounds (inf = only known to exceed).

    ``y`` holds the target of all rows of the table on its learned scale, ``at`` the positions wanted.
    """
    if info.censoring is None or target != LIFE:
        return y[at], None
    open_ended = table.censored[at] if info.censoring == "capped" else ~table.measured[at]
    lower = y[at] if info.censoring == "capped" else np.where(open_ended, table.last_cycle[at], y[at])
    return lower, np.where(open_ended, np.inf, lower).astype(np.float32)
