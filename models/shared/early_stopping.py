"""How both boosters are fitted: stop early on the validation part, then fit again on all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .boosting import Frame
from .checks import checked_target, checked_weight, some_columns
from .refit_rows import joined_weight, together

if TYPE_CHECKING:
    from ..base import Float32, Rows


class Boost(Protocol):
    """One call of a library on standardised labels, cut at its best round where ``stop_on`` tells it."""

    def __call__(
        self,
        rows: Rows,
        label: Float32,
        weight: Float32 | None,
        rounds: int,
        stop_on: tuple[Rows, Float32] | None = None,
    ) -> Any:
        """The library's own booster."""
        ...

    def rounds_of(self, booster: Any) -> int:
        """Rounds that a booster has."""
        ...


class Stopping(Protocol):
    """The settings of a booster that decide about its rounds."""

    @property
    def rounds(self) -> int:
        """Most rounds where a validation part tells when to stop."""
        ...

    @property
    def rounds_unvalidated(self) -> int:
        """Rounds where none does."""
        ...

    @property
    def refit(self) -> bool:
        """Whether all rows are fitted again with the rounds found."""
        ...


def fit_in_rounds(
    boost: Boost,
    settings: Stopping,
    *,
    label: str,
    train: Rows,
    y: Float32,
    valid: Rows | None,
    y_valid: Float32 | None,
    weight: Float32 | None,
) -> tuple[Any, Frame]:
    """A booster and the frame of its target; ModelError for no columns or wrong targets."""
    columns = some_columns(train, label)
    target = checked_target(train, y)
    frame = Frame.of(columns, target, checked_weight(train, weight))
    if valid is None or y_valid is None:
        return boost(train, frame.standard(target), weight, settings.rounds_unvalidated), frame
    target_valid = checked_target(valid, y_valid, "validation rows")
    stop_on = (valid, frame.standard(target_valid))
    booster = boost(train, frame.standard(target), weight, settings.rounds, stop_on)
    if not settings.refit:
        return booster, frame
    rows, values = together(train, valid), np.concatenate([target, target_valid])
    everywhere = joined_weight(valid, weight)
    frame = Frame.of(columns, values, checked_weight(rows, everywhere))
    return boost(rows, frame.standard(values), everywhere, boost.rounds_of(booster)), frame
