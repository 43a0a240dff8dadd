"""What the values of a table's column are: text, numbers, booleans, shares, one a volume."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...array_types import Float64


def is_text(values: pd.Series[Any]) -> bool:
    """Whether all values that are there are text, and there are some."""
    known = values.dropna()
    return len(known) > 0 and bool(known.map(lambda value: isinstance(value, str)).all())


def is_number(values: pd.Series[Any]) -> bool:
    """Whether a column is stored as numbers."""
    return bool(pd.api.types.is_numeric_dtype(values)) and not pd.api.types.is_bool_dtype(values)


def is_boolean(values: pd.Series[Any]) -> bool:
    """Whether the values are true and false, or the numbers 1 and 0."""
    known = values.dropna()
    return bool(known.map(lambda value: isinstance(value, bool | np.bool_)).all()) or (
        is_number(values) and set(known.unique()) == {0, 1}
    )


def numbers(values: pd.Series[Any]) -> Float64:
    """float64[n] of a column of numbers, NaN where it is null."""
    return values.to_numpy(np.float64, na_value=np.nan)


def decades(values: pd.Series[Any]) -> float:
    """Decades between the least and the greatest value; 0 where not all are positive."""
    known = numbers(values)
    known = known[np.isfinite(known)]
    return float(np.log10(known.max() / known.min())) if len(known) and known.min() > 0 else 0.0


def is_share(values: Float64, *, ends: bool = True) -> bool:
    """Whether all finite values lie between 0 and 1, and there are some; ``ends`` says whether these may occur."""
    known = values[np.isfinite(values)]
    inside = (known >= 0) & (known <= 1) if ends else (known > 0) & (known < 1)
    return len(known) > 0 and bool(inside.all())


def is_constant_within(values: pd.Series[Any], groups: pd.Series[Any]) -> bool | None:
    """Whether a column has one value a group; None where no group has two rows."""
    several = groups.duplicated(keep=False)
    if not several.any():
        return None
    distinct = pd.DataFrame({"group": groups[several], "value": values[several]}).dropna().drop_duplicates()
    return not distinct.duplicated("group").any()
