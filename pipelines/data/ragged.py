"""Arrow columns as numpy arrays: numbers with NaN for null, lists as views into one flat array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...array_types import Float64


def numbers(column: Any) -> Float64:
    """float64[n] of a numeric Arrow array, NaN where it is null."""
    values: Float64 = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values


@dataclass(frozen=True, eq=False)
class Ragged:
    """n lists of numbers: list i is ``values[offsets[i]:offsets[i + 1]]``, or None where it is null."""

    values: Float64
    offsets: NDArray[np.int64]
    valid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.valid)

    def __getitem__(self, index: int) -> Float64 | None:
        if not self.valid[index]:
            return None
        return self.values[self.offsets[index] : self.offsets[index + 1]]


def ragged(column: Any) -> Ragged:
    """The lists of an Arrow array whose type is a list of numbers of any kind, or null."""
    lists = column.cast(pa.large_list(pa.float64()), safe=False)
    return Ragged(
        values=numbers(lists.values),
        offsets=lists.offsets.to_numpy(),
        valid=lists.is_valid().to_numpy(zero_copy_only=False),
    )
