"""Checks before every fit: targets and weights that belong to the rows given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float64
from ...errors import ModelError
from ...schema import FEATURE_SETS

if TYPE_CHECKING:
    from ..base import ModelInfo, Rows, TrainingData

TABLE_SETS = tuple(
    item.name
    for item in FEATURE_SETS
    if (item.scalars or item.tiers) and not (item.volumes or item.embedding or item.derives)
)
"""Feature sets that are a table of columns, for models that take any table."""


def checked_target(data: TrainingData, what: str = "training rows") -> Float64:
    """The values of one target as float64[n]; ModelError where there are none, too few, too many or not finite ones."""
    values = np.asarray(data.y, np.float64)
    if values.shape != (len(data),):
        raise ModelError(f"{what}: expected one target value a row, got shape {values.shape} for {len(data)} rows")
    if not len(values):
        raise ModelError(f"{what}: there are none to fit")
    wrong = np.count_nonzero(~np.isfinite(values))
    if wrong:
        raise ModelError(f"{what}: {wrong} of {len(values)} target values are not finite; leave such rows out")
    return values


def checked_targets(data: TrainingData, what: str = "training rows") -> Float64:
    """The values of one or several targets as float64[n, t]; one target must be finite, of several some may be NaN.

    ModelError for another shape, for no rows, and for infinite values.
    """
    if np.ndim(data.y) == 1:
        return checked_target(data, what)[:, None]
    values = np.asarray(data.y, np.float64)
    if values.ndim != 2 or len(values) != len(data) or not values.shape[1]:  # noqa: PLR2004  rows x targets
        raise ModelError(f"{what}: expected rows x targets, got shape {values.shape} for {len(data)} rows")
    if not len(values):
        raise ModelError(f"{what}: there are none to fit")
    if np.isinf(values).any():
        raise ModelError(f"{what}: {int(np.isinf(values).sum())} target values are infinite; leave such rows out")
    return values


def checked_weight(rows: Rows, weight: NDArray[Any] | None) -> Float64:
    """Weights as float64[n] with mean 1 (ones where None); ModelError where they cannot be used.

    With mean 1, a leaf size or a penalty means the same with weights as without.
    """
    if weight is None:
        return np.ones(len(rows))
    values = np.asarray(weight, np.float64)
    if values.shape != (len(rows),):
        raise ModelError(f"weights: expected one a row, got shape {values.shape} for {len(rows)} rows")
    if not np.all(np.isfinite(values)) or np.any(values < 0) or not np.any(values > 0):
        raise ModelError("weights: expected finite values, none negative and not all zero")
    normalised: Float64 = values / values.mean()
    return normalised


def checked_columns(rows: Rows, expected: tuple[str, ...]) -> None:
    """ModelError where ``rows`` do not have exactly the columns that the model was fitted on."""
    names = rows.columns.names
    if names == expected:
        return
    missing = [name for name in expected if name not in names]
    extra = [name for name in names if name not in expected]
    raise ModelError(
        f"the model was fitted on {len(expected)} columns and was given {len(names)}: "
        f"missing {', '.join(missing) or 'none'}; not known {', '.join(extra) or 'none'}"
        f"{'' if missing or extra else '; the order differs'}"
    )


def checked_size(rows: Rows, info: ModelInfo) -> None:
    """ModelError where there are more rows than the model takes."""
    if info.max_rows is not None and len(rows) > info.max_rows:
        raise ModelError(f"{info.label}: takes at most {info.max_rows} training rows, got {len(rows)}")


def some_columns(rows: Rows, model: str) -> tuple[str, ...]:
    """The column names; ModelError where the feature set has none."""
    if not rows.columns.names:
        raise ModelError(f"{model}: expected at least one column, the feature set has none")
    return rows.columns.names
