"""Exact contributions of columns to predictions, by the boosters' own TreeSHAP.

A contribution is the Shapley value of a column in the game that a tree ensemble plays (Lundberg et
al. 2020, doi:10.1038/s42256-019-0138-9): those of a row and their bias add up to its prediction, so
they can be summed over a family of columns and averaged over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from ...errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...array_types import Float32, Float64
    from ..base import Rows
    from .boosting import TargetScaler


@dataclass(frozen=True, eq=False)
class Contributions:
    """values: float64[n, p] on the scale that was learned; bias: float64[n]; row sums + bias = prediction."""

    columns: tuple[str, ...]
    values: Float64
    bias: Float64


@runtime_checkable
class Explained(Protocol):
    """A fitted model that attributes its predictions to its columns."""

    def contributions(self, rows: Rows) -> Contributions:
        """Contributions of every column; ModelError where the columns are not those of training."""
        ...


def contributions(fitted: object, label: str, rows: Rows) -> Contributions:
    """Contributions of the columns to the predictions for ``rows``; ModelError naming a model that has none."""
    if not isinstance(fitted, Explained):
        raise ModelError(
            f"{label} has no exact contributions: XGBoost and LightGBM with one target a model do; "
            "for others there is permutation importance"
        )
    return fitted.contributions(rows)


def on_target_scale(frame: TargetScaler, rows: Rows, explain: Callable[[Float32], Any]) -> Contributions:
    """Contributions of the columns of ``rows`` on the scale of y, in batches.

    ``explain`` gives a library's float[n, q + 1] (the bias last, standardised labels) for a matrix as the booster sees it.
    """
    values, bias = [np.zeros((0, len(frame.columns)))], [np.zeros(0)]
    for block in rows.batches():
        scaled = frame.scale * np.asarray(explain(frame.native.joined(block)), np.float64)
        values.append(frame.native.parted(scaled[:, :-1], block))
        bias.append(frame.offset + scaled[:, -1])
    return Contributions(frame.columns, np.concatenate(values), np.concatenate(bias))
