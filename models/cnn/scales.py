"""Targets as the network learns them: each standardised, NaN where unknown, with its weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float32, Float64
from ...errors import ModelError
from ..shared.clipping import target_range

LEAST_WEIGHT = 0.1
"""A target of weight 0 is scored beside another one, so it is learned too."""


@dataclass(frozen=True, eq=False)
class Scales:
    """Mean and spread of t targets; a target that is constant has spread 0, so it is answered exactly.

    Answers keep between ``low`` and ``high``: the range of the known targets, widened by a tenth at either end.
    """

    offset: Float64
    spread: Float64
    low: Float64
    high: Float64

    @classmethod
    def of(cls, y: Float64, weight: Float64) -> Scales:
        """Weighted moments of y float64[n, t] over the known values of each target."""
        known = np.isfinite(y) * weight[:, None]
        total = np.maximum(known.sum(axis=0), np.finfo(np.float64).tiny)
        values = np.nan_to_num(y)
        offset = (known * values).sum(axis=0) / total
        spread = np.sqrt((known * (values - offset) ** 2).sum(axis=0) / total)
        ranges = [target_range(column[np.isfinite(column)]) for column in y.T]
        low, high = np.array(ranges).T
        return cls(offset, np.where(spread > np.finfo(np.float32).eps * np.abs(offset), spread, 0.0), low, high)

    def standard(self, y: Float64) -> Float32:
        """float32[n, t]: 0 for what is constant, NaN where unknown."""
        return ((y - self.offset) / np.where(self.spread > 0, self.spread, np.inf)).astype(np.float32)

    def original(self, output: NDArray[Any]) -> tuple[Float32, Float32]:
        """Outputs of the network on the scale of the targets, kept to their range, and as they are."""
        answers = self.offset + self.spread * output.astype(np.float64)
        return np.clip(answers, self.low, self.high).astype(np.float32), answers.astype(np.float32)


def checked_target_weight(weight: NDArray[Any] | None, targets: int) -> Float32:
    """Weights of the targets, the least raised to ``LEAST_WEIGHT``; all alike where None."""
    values = np.ones(targets) if weight is None else np.asarray(weight, np.float64)
    if values.shape != (targets,) or not np.isfinite(values).all() or (values < 0).any():
        raise ModelError(f"target weights: expected {targets} finite values, none negative, got {values.tolist()}")
    return np.maximum(values, LEAST_WEIGHT).astype(np.float32)
