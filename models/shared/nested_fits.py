"""Fits of models on the nested folds of one training fold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..base import FitContext, Fitted, Model, TrainingData
    from .nested import NestedFold


@dataclass(frozen=True, eq=False)
class NestedFits:
    """A training fold on parts of which models are fitted, with the inputs of every fit besides its rows."""

    train: TrainingData
    context: FitContext

    def part(self, positions: Any) -> TrainingData:
        """The data of a part; its rows are made once for all targets and models, with their prepared objects."""
        key = ("part", positions.tobytes())
        rows = self.train.rows.prepared(key, lambda: self.train.rows.take(positions))
        return replace(self.train.take(positions), rows=rows)

    def fit(self, model: Model, fold: NestedFold) -> Fitted:
        """A model on the fitting part of a fold; on the validation part and the rest too where it does not stop by it.

        With weights none does, since validation rows carry none.
        """
        stops = model.info.early_stopping_rows and len(fold.valid) > 0 and self.train.weight is None
        fitted_on = fold.fit if stops else fold.fit_all
        valid = self.part(fold.valid) if stops else None
        rest = self.part(fold.rest) if stops and len(fold.rest) else None
        nested = self.context.nested
        again = nested.without_folds(fitted_on) if nested is not None and model.info.nested_folds else None
        return model.fit(self.part(fitted_on), valid, replace(self.context, nested=again, rest=rest))
