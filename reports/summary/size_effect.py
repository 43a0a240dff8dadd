"""How one number of a volume changes with the size of the sub-volume that is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class AtSize:
    """A number over the sub-volumes of one size; ``std`` is NaN where there is one sub-volume only."""

    edge: float
    count: int
    mean: float
    std: float


@dataclass(frozen=True)
class SizeEffect:
    """One number of a volume, with its interval or its spread over sub-volumes; ``sizes`` begin with the volume itself."""

    name: str
    unit: str
    length_unit: str
    value: float
    low: float
    high: float
    spread: float
    spread_edge: float
    exponent: float
    edge_needed: float
    eroded: float
    dilated: float
    reason: str
    sizes: tuple[AtSize, ...]

    @property
    def bounded(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def known_sizes(self) -> tuple[AtSize, ...]:
        """The sizes at which the number is defined for every sub-volume, from small to large."""
        return tuple(size for size in reversed(self.sizes) if math.isfinite(size.mean))
