"""What a model is told of lives that were not seen to their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.base import Float32, ModelInfo
from ..splits.splits import Ints
from ..tables.arrays import LIFE, Table
from ..tables.target_scale import Floats


def bounds_of(info: ModelInfo, target: str, table: Table, fit: Ints, y: NDArray[Any]) -> tuple[Floats, Float32 | None]:
    """What a model is fitted on: lower bounds and, where it knows censoring, upper bounds (inf = only known to exceed).

    ``y`` holds the target of all rows of the table on its learned scale, ``fit`` the positions fitted on.
    """
    if info.censoring is None or target != LIFE:
        return y[fit], None
    status = table.life_status[fit]
    open_ended = status == "censored" if info.censoring == "capped" else status != "measured"
    lower = y[fit] if info.censoring == "capped" else np.where(open_ended, table.last_cycle[fit], y[fit])
    return lower, np.where(open_ended, np.inf, lower).astype(np.float32)


def labels(
    info: ModelInfo, target: str, table: Table, y: NDArray[Any], *, fit: Ints, valid: Ints
) -> tuple[Float32, Float32 | None, Mapping[str, Any]]:
    """(y, y_valid, further words) of ``Model.fit``; y_valid is None where ``valid`` is empty.

    Only a model that knows censoring is told of upper bounds, those of the validation part among them.
    """
    lower, upper = bounds_of(info, target, table, fit, y)
    lower_valid, upper_valid = bounds_of(info, target, table, valid, y)
    words: dict[str, Float32] = {}
    if upper is not None:
        words["upper"] = upper
    if upper_valid is not None and len(valid):
        words["upper_valid"] = upper_valid
    return lower.astype(np.float32), lower_valid.astype(np.float32) if len(valid) else None, words
