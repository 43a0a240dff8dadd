"""Plausibility of predictions: in the unit of their target, and not the truth itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...array_types import Floats
from ...schema import Scale
from ..tables.target_scale import to_scale

TOO_GOOD = 0.9999
"""R2 above which predictions are flagged."""
_FACTOR = 10.0
"""A slope beyond this, or below its inverse, is a factor and no error."""
_ALIKE_LARGE, _ALIKE_SMALL = 0.5, 0.9
"""Cosine of predictions and truth above which a slope above, or below, one means something."""
_ROUND = 0.3
"""A power of ten is named where the slope is this near to it, in log10 about a factor of two either way."""


@dataclass(frozen=True)
class UnitFactor:
    """A constant factor between predictions and truth: the least-squares slope through the origin, and the cosine."""

    slope: float
    cosine: float

    @property
    def named(self) -> str:
        """The factor in words: a power of ten where it is near one."""
        power = round(math.log10(self.slope))
        near = abs(math.log10(self.slope) - power) < _ROUND
        return f"{10.0**power:g}" if near else f"{self.slope:.3g}"


def unit_factor(y: Floats, predicted: Floats) -> UnitFactor | None:
    """The factor by which predictions are off, None where they may be in the right unit.

    A bad model may shrink or stretch what it predicts, so only what is off as a whole counts: a slope through the origin above 10,
    or one below 0.1 of predictions that are all but proportional to a truth that keeps off 0.
    """
    squares = float(y @ y), float(predicted @ predicted)
    if min(squares) <= 0 or not all(map(math.isfinite, squares)):
        return None
    product = float(y @ predicted)
    found = UnitFactor(product / squares[0], product / math.sqrt(squares[0]) / math.sqrt(squares[1]))
    if found.slope > _FACTOR and found.cosine > _ALIKE_LARGE:
        return found
    if 0 < found.slope < 1 / _FACTOR and found.cosine > _ALIKE_SMALL and abs(y.mean()) > y.std():
        return found
    return None


def too_good(y: Floats, predicted: Floats, scale: Scale) -> str | None:
    """Reason why predictions look like the truth itself, None where they do not."""
    if np.array_equal(y.astype(np.float32), predicted.astype(np.float32)):
        return "equal to the truth in every row, to single precision"
    truth, found = to_scale(y, scale), to_scale(predicted, scale)
    total = float(((truth - truth.mean()) ** 2).sum())
    r2 = 1 - float(((found - truth) ** 2).sum()) / total if total > 0 else math.nan
    return f"R² {r2:.6f}, above {TOO_GOOD}" if r2 > TOO_GOOD else None
