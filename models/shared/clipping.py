"""Bounds that the training targets set to predictions of models that extrapolate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...array_types import Float64

WIDENED = 0.1
"""Share of the range of the training targets by which it is widened at either end."""


def target_range(y: Float64) -> tuple[float, float]:
    """The range of the training targets on the fitting scale, widened by a tenth at either end."""
    low, high = float(y.min()), float(y.max())
    return low - WIDENED * (high - low), high + WIDENED * (high - low)
