"""A weighted mean of other models, its weights from predictions of rows that none of them was fitted on."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import ModelError, SettingsError
from .base import FitContext, Fitted, Model, ModelInfo, Prediction, Rows, TrainingData
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS, checked_target, checked_weight, some_columns
from .shared.fit_reports import device_of
from .shared.nested import NestedFolds, nested_by_volume
from .shared.nested_fits import NestedFits
from .shared.stacking import MOST_MEMBERS, greedy_weights, least_squares_weights, products
from .shared.values_only import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..array_types import Float64

META = "ensemble.json"


@dataclass(frozen=True, eq=False)
class FittedEnsemble:
    """Members by name with their weights, which add up to 1; members of weight 0 were left out."""

    members: Mapping[str, Fitted]
    weights: Mapping[str, float]

    @property
    def diagnostics(self) -> Mapping[str, float]:
        """The weights, for the record of a run."""
        return {f"weight of {name}": weight for name, weight in self.weights.items()}

    @property
    def device(self) -> str:
        """Device that the members were fitted on."""
        return ", ".join(sorted({device_of(member) for member in self.members.values()}))

    def predict(self, rows: Rows) -> Prediction:
        """The weighted mean of the members' predictions, each clipped as its model does."""
        total, unclipped = np.zeros(len(rows)), np.zeros(len(rows))
        for name, member in self.members.items():
            answer = values_of(member, rows)
            total += self.weights[name] * answer.y.astype(np.float64)
            unclipped += self.weights[name] * (answer.y if answer.unclipped is None else answer.unclipped)
        return Prediction(total.astype(np.float32), unclipped=unclipped.astype(np.float32))

    def save(self, folder: Path) -> None:
        """Write ``ensemble.json`` with the weights, and each member into a folder of its name."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / META).write_text(json.dumps({"weights": dict(self.weights)}, indent=1), encoding="utf-8")
        for name, member in self.members.items():
            (folder / name).mkdir()
            member.save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> FittedEnsemble:
        """Load an ensemble written by ``save``; ModelError names the file that cannot be read."""
        from . import registry

        path = folder / META
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))["weights"]
            weights = {str(name): float(weight) for name, weight in stored.items()}
            members = {name: registry.load(name, folder / name) for name, weight in weights.items() if weight > 0}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SettingsError) as error:
            raise ModelError(f"{path}: expected the weights of an ensemble, got: {error!r}") from error
        if not members:
            raise ModelError(f"{path}: expected a member with a weight above 0, there is none")
        return cls(members, weights)


@dataclass(frozen=True)
class Ensemble:
    """Ridge and both boosters, each fitted on parts of the training fold to predict the rest of it.

    The parts are cut as the regime cuts test rows, so the weights say who errs least on what is new
    in that way; the outer test rows take no part. Then each member of some weight is fitted on the
    whole fold. With k nested folds it costs k + 1 times its members.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="ensemble",
        label="stacked ensemble",
        kind="ensemble",
        meaning="weighted mean of ridge, LightGBM and XGBoost, weights from nested folds",
        feature_sets=TABLE_SETS,
        default=False,
        nested_folds=True,
        devices=("cpu", "cuda"),
        reference="Breiman 1996, doi:10.1007/BF00117832; Caruana et al. 2004, doi:10.1145/1015330.1015432",
    )
    fitted: ClassVar[type[Fitted]] = FittedEnsemble

    candidates: str = "ridge,lightgbm,xgboost"
    """Names of models, separated by commas."""
    weighting: str = "stacked"
    """``stacked``: least squares over weights that are not negative and add up to 1; ``greedy``: Caruana's choices."""
    steps: int = 50
    """Choices that ``greedy`` makes."""
    rounds: int = 1000
    """Most rounds of the members that boost."""
    rounds_unvalidated: int = 300
    """Rounds of the boosters without a validation part."""

    def __post_init__(self) -> None:
        check_positive(self.info.name, steps=self.steps, rounds=self.rounds, rounds_unvalidated=self.rounds_unvalidated)
        if self.weighting not in {"stacked", "greedy"}:
            raise SettingsError(f"model ensemble: weighting is one of stacked, greedy, got {self.weighting!r}")
        if not 1 <= len(self.names) <= MOST_MEMBERS or len(set(self.names)) < len(self.names):
            raise SettingsError(
                f"model ensemble: candidates expects 1 to {MOST_MEMBERS} different names separated by commas, "
                f"got {self.candidates!r}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the possible members."""
        return tuple(name.strip() for name in self.candidates.split(","))

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedEnsemble:
        """Weigh the members by the nested folds (by volume where there are none), then fit them on all rows.

        Raises SettingsError for a member that is unknown or cannot be one, ModelError for no
        columns, wrong targets, and whatever a member cannot do.
        """
        some_columns(train.rows, self.info.label)
        checked_target(train)
        checked_weight(train.rows, train.weight)
        nested = context.nested or nested_by_volume(train.rows.volume, context.seed)
        fits = NestedFits(train, context)
        models = {name: self._member(name) for name in self.names}
        weights = self._weights(models, fits, nested)
        chosen = dict(zip(models, weights, strict=True))
        members = {name: fits.fit(models[name], nested.whole) for name, share in chosen.items() if share > 0}
        return FittedEnsemble(members, {name: float(share) for name, share in chosen.items()})

    def _member(self, name: str) -> Model:
        from . import registry

        model = registry.create(name)
        info = model.info
        if (
            info.kind == "ensemble"
            or info.requires_seen_ids
            or info.censoring
            or not set(TABLE_SETS) <= set(info.feature_sets)
        ):
            raise SettingsError(
                f"model ensemble: {name} cannot be a member, which must predict new rows from any table"
            )
        known = {item.name for item in fields(model)}  # type: ignore[arg-type]
        bound = {"rounds": self.rounds, "rounds_unvalidated": self.rounds_unvalidated}
        return registry.create(name, **{key: value for key, value in bound.items() if key in known})

    def _weights(self, models: Mapping[str, Model], fits: NestedFits, nested: NestedFolds) -> Float64:
        """float64[m] from out-of-fold errors; all alike where there are no nested folds."""
        if len(models) == 1 or not nested.folds:
            return np.full(len(models), 1 / len(models))
        tested = np.concatenate([fold.test for fold in nested.folds])
        columns = [
            np.concatenate([fits.fit(model, fold).predict(fits.part(fold.test).rows).y for fold in nested.folds])
            for model in models.values()
        ]
        errors = np.stack(columns, axis=1).astype(np.float64) - fits.train.y[tested, None]
        product = products(errors, checked_weight(fits.train.rows, fits.train.weight)[tested])
        return greedy_weights(product, self.steps) if self.weighting == "greedy" else least_squares_weights(product)
