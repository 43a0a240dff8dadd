"""The training range of every input, and which inputs of a query lie beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...models.base import BATCH_ROWS
from ..tables.feature_sets import JoinedQuantities

InputKind = Literal["descriptor", "scalar", "joined"]

QUANTILES = (0.01, 0.05, 0.5, 0.95, 0.99)
_SLACK: Mapping[InputKind, float] = {"descriptor": 1e-3, "scalar": 1e-6, "joined": 1e-3}
"""Share of a bound within which a value is still inside: back ends agree on descriptors to 1e-4, designs are 9 digits."""


@dataclass(frozen=True)
class Range:
    """Training range of one input: extremes, quantiles at ``QUANTILES``, and whether some rows had none."""

    name: str
    kind: InputKind
    low: float
    high: float
    quantiles: tuple[float, ...]
    gaps: bool

    def beyond(self, values: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Mask of the values that lie outside, or are undefined where training always had a value."""
        slack = _SLACK[self.kind]
        below = values < self.low - slack * abs(self.low)
        above = values > self.high + slack * abs(self.high)
        beyond: NDArray[np.bool_] = below | above | (np.isnan(values) & (not self.gaps))
        return beyond


def frame_ranges(frame: pd.DataFrame, kind: InputKind) -> tuple[Range, ...]:
    """Ranges of the columns of a table, without those that have no finite value."""
    found = (_range(str(name), kind, frame[name].to_numpy(np.float64)) for name in frame)
    return tuple(item for item in found if item is not None)


def joined_ranges(joined: JoinedQuantities, volume: NDArray[np.int32], design: NDArray[np.int32]) -> tuple[Range, ...]:
    """Ranges of physics features over the rows of a table, a batch at a time, with the quantiles of the batches."""
    parts = [
        frame_ranges(pd.DataFrame(block, columns=list(joined.columns)), "joined")
        for start in range(0, len(volume), BATCH_ROWS)
        for block in [joined(volume[start : start + BATCH_ROWS], design[start : start + BATCH_ROWS])]
    ]
    by_name: dict[str, list[Range]] = {}
    for item in (item for part in parts for item in part):
        by_name.setdefault(item.name, []).append(item)
    return tuple(_merged(items, gaps=len(items) < len(parts)) for items in by_name.values())


def _range(name: str, kind: InputKind, values: NDArray[np.float64]) -> Range | None:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    quantiles = tuple(float(value) for value in np.quantile(finite, QUANTILES))
    return Range(name, kind, float(finite.min()), float(finite.max()), quantiles, len(finite) < len(values))


def _merged(items: list[Range], *, gaps: bool) -> Range:
    quantiles = np.median([item.quantiles for item in items], axis=0)
    return Range(
        items[0].name,
        items[0].kind,
        min(item.low for item in items),
        max(item.high for item in items),
        tuple(float(value) for value in quantiles),
        gaps or any(item.gaps for item in items),
    )


def names_beyond(ranges: Iterable[Range], values: Mapping[str, NDArray[np.floating]], n: int) -> list[tuple[str, ...]]:
    """For each of n rows the names of the inputs that lie beyond their range; inputs without values take no part."""
    found: list[list[str]] = [[] for _ in range(n)]
    for item in ranges:
        if item.name in values:
            for row in np.flatnonzero(item.beyond(values[item.name])):
                found[row].append(item.name)
    return [tuple(names) for names in found]
