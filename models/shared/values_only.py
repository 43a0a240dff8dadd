"""Predictions without bounds, where nobody looks at them and they cost more than the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from ..base import Fitted, Prediction, Rows


@runtime_checkable
class PredictsValues(Protocol):
    """A fitted model whose bounds cost much more than its values."""

    def values(self, rows: Rows) -> Prediction:
        """The values that ``predict`` gives, to the bit, without bounds."""
        ...


def values_of(fitted: Fitted, rows: Rows) -> Prediction:
    """Predictions whose bounds are not asked for."""
    return fitted.values(rows) if isinstance(fitted, PredictsValues) else fitted.predict(rows)
