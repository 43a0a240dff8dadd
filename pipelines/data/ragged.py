"""Arrow columns as numpy arrays: numbers with NaN for null, lists one after the other in one flat array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from ...array_types import Float64
from ..targets.lists import NumberLists, Segments


def numbers(column: Any) -> Float64:
    """float64[n] of a numeric Arrow array, NaN where it is null."""
    values: Float64 = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values


def number_lists(column: Any) -> NumberLists:
    """The lists of an Arrow array whose type is a list of numbers of any kind, or null."""
    lists = column.cast(pa.large_list(pa.float64()), safe=False)
    # flatten(), unlike values, leaves out what lies under a null or outside of a slice
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    present = lists.is_valid().to_numpy(zero_copy_only=False)
    return NumberLists(numbers(lists.flatten()), Segments.of_lengths(lengths), present, np.zeros(len(present), bool))
