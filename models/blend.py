"""The plain mean of five models that err in different ways."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import SettingsError
from .base import FitContext, Fitted, Model, ModelInfo, TrainingData
from .ensemble import FittedEnsemble
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS, checked_target, checked_weight, some_columns
from .shared.held_out import folds_of
from .shared.nested_fits import NestedFits
from .shared.values_only import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .shared.nested import NestedFolds

FEWEST = 2
"""Members that stay, however far apart they are."""


@dataclass(frozen=True)
class Blend:
    """The plain mean of elastic net, quadratic ridge, Gaussian process and both boosters, less those that fail badly.

    Weights learned from a few nested folds did worse than equal ones. A member is left out where its squared error
    over the nested folds of this very training fold is more than ``worst`` times that of the best member; the two
    best always stay, since the error of one alone over a few folds may be chance. The remaining members are fitted
    on the whole fold.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="blend",
        label="blend",
        kind="ensemble",
        meaning="plain mean of elastic net, quadratic ridge, Gaussian process, XGBoost and LightGBM",
        feature_sets=TABLE_SETS,
        nested_folds=True,
        devices=("cpu", "cuda"),
        reference="Clemen 1989, doi:10.1016/0169-2070(89)90012-5",
    )
    fitted: ClassVar[type[Fitted]] = FittedEnsemble

    candidates: str = "elastic-net,ridge-quadratic,gaussian-process,xgboost,lightgbm"
    """Names of models, separated by commas."""
    worst: float = 2.0
    """Times the best member's squared error above which a member is left out."""
    rounds: int = 1000
    """Most rounds of the members that boost."""

    def __post_init__(self) -> None:
        check_positive(self.info.name, worst=self.worst, rounds=self.rounds)
        if len(set(self.names)) < len(self.names) or not all(self.names) or self.info.name in self.names:
            raise SettingsError(
                f"model blend: candidates expects different names of other models separated by commas, got {self.candidates!r}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the possible members."""
        return tuple(name.strip() for name in self.candidates.split(","))

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedEnsemble:
        """Judge the members, then fit those that are left on all rows.

        Raises SettingsError for a member that is unknown or cannot be one, ModelError for no columns, wrong targets,
        and whatever a member cannot do.
        """
        some_columns(train.rows, self.info.label)
        checked_target(train)
        checked_weight(train.rows, train.weight)
        losses = self._losses(train, folds_of(train.rows, context), context)
        least, *others = sorted(losses.values())
        bound = max(self.worst * least, *others[: FEWEST - 1], 0.0)
        kept = [name for name, loss in losses.items() if loss <= bound]
        members = {name: self._member(name).fit(train, None, context) for name in kept}
        return FittedEnsemble(members, {name: float(name in kept) / len(kept) for name in self.names})

    def _losses(self, train: TrainingData, nested: NestedFolds, context: FitContext) -> Mapping[str, float]:
        """Weighted squared error of each member over the nested folds; all alike where there are none to judge by."""
        if len(self.names) == 1 or not nested.folds:
            return dict.fromkeys(self.names, 0.0)
        weight, fits = checked_weight(train.rows, train.weight), NestedFits(train, context)
        losses = {}
        for name in self.names:
            # A fit that is only judged need not choose its rounds by folds of its own.
            model, loss = self._member(name, choose=False), 0.0
            for fold in nested.folds:
                held = fits.part(fold.test)
                error = values_of(fits.fit(model, fold), held.rows).y.astype(np.float64) - held.y
                loss += float(weight[fold.test] @ error**2)
            losses[name] = loss
        return losses

    def _member(self, name: str, **wanted: Any) -> Model:
        from . import registry

        model = registry.create(name)
        info = model.info
        if (
            info.requires_seen_ids
            or info.censoring
            or info.early_stopping_rows
            or not set(TABLE_SETS) <= set(info.feature_sets)
        ):
            raise SettingsError(
                f"model blend: {name} cannot be a member, which must predict new rows from any table and set none aside"
            )
        known = {item.name for item in fields(model)}  # type: ignore[arg-type]
        wanted = {"rounds": self.rounds, **wanted}
        return registry.create(name, **{key: value for key, value in wanted.items() if key in known})
