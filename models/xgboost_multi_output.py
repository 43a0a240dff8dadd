"""Gradient-boosted trees whose leaves hold one value a target: all targets share every split."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.booster import EarlyStoppingBooster, GroupedLeaves
from .shared.boosting import META, check_positive
from .shared.category_columns import CategoryColumns
from .shared.checks import TABLE_SETS, checked_columns, checked_targets, checked_weight, some_columns
from .shared.xgboost_native import FILE, trained, training_matrix, validation_matrix, warnings_as_errors

if TYPE_CHECKING:
    from pathlib import Path

    from ..array_types import Float64

LEAST_WEIGHT = 0.1
"""A target of weight 0 is scored beside another one, so it is learned too."""


@dataclass(frozen=True, eq=False)
class FittedMultiOutput:
    """A booster of t standardised targets and the state that its file lacks.

    ``flat`` says that it was fitted on float32[n] and predicts that.
    """

    booster: Any
    columns: tuple[str, ...]
    offset: Float64
    scale: Float64
    flat: bool

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return int(self.booster.num_boosted_rounds())

    def predict(self, rows: Rows) -> Prediction:
        """float32[n, t] in batches; ModelError where the columns are not those of training."""
        import xgboost

        checked_columns(rows, self.columns)
        with warnings_as_errors("predicting"):
            blocks = [self.booster.predict(xgboost.DMatrix(block)) for block in rows.batches()]
        targets = len(self.offset)
        parts = [np.zeros((0, targets)), *(np.reshape(block, (-1, targets)) for block in blocks)]
        y = (self.offset + self.scale * np.concatenate(parts)).astype(np.float32)
        return Prediction(y[:, 0] if self.flat else y)

    def save(self, folder: Path) -> None:
        """Write ``model.ubj`` (XGBoost's own format) and ``model.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "columns": self.columns,
            "offset": self.offset.tolist(),
            "scale": self.scale.tolist(),
            "flat": self.flat,
        }
        (folder / META).write_text(json.dumps(values, indent=1), encoding="utf-8")
        self.booster.save_model(folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> FittedMultiOutput:
        """Load a model written by ``save``; ModelError names the file that cannot be read."""
        import xgboost

        meta, path = folder / META, folder / FILE
        try:
            values = json.loads(meta.read_text(encoding="utf-8"))
            columns = tuple(map(str, values["columns"]))
            offset, scale = (np.array(values[name], np.float64) for name in ("offset", "scale"))
            flat = bool(values["flat"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{meta}: expected columns, offsets and scales of a booster, got: {error!r}") from error
        if not path.is_file():
            raise ModelError(f"{path}: expected a saved booster, there is no such file")
        with warnings_as_errors(f"reading {path}"):
            return cls(xgboost.Booster(model_file=path), columns, offset, scale, flat)


@dataclass(frozen=True)
class XGBoostMultiOutput(EarlyStoppingBooster[FittedMultiOutput], GroupedLeaves):
    """XGBoost with vector leaves (``multi_strategy="multi_output_tree"``), its settings those of ``xgboost``.

    A split must serve all targets, weighted by what each matters: a sparser model that says whether
    the targets share their structure. The library takes no missing labels here, so only rows with a
    value of every target are learned from, and no SHAP values are to be had of it.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="xgboost-multi-output",
        label="XGBoost multi-output",
        kind="booster",
        meaning="gradient-boosted trees with vector leaves, one model for all targets",
        feature_sets=TABLE_SETS,
        early_stopping_rows=True,
        default=False,
        multi_target=True,
        reference="Zhang & Jung 2021, doi:10.1109/TNNLS.2020.3009776; Chen & Guestrin 2016, doi:10.1145/2939672.2939785",
    )
    fitted: ClassVar[type[Fitted]] = FittedMultiOutput

    max_depth: int = 6
    """Splits on the way to a leaf, at most."""
    min_leaf: int = 2
    """Fewest rows in a leaf (weights of mean 1)."""
    max_bin: int = 256
    """Bins a column."""

    def __post_init__(self) -> None:
        EarlyStoppingBooster.__post_init__(self)
        GroupedLeaves.__post_init__(self)
        check_positive(self.info.name, max_depth=self.max_depth, max_bin=self.max_bin - 1)

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedMultiOutput:
        """One target or several, on the rows that have a value of each.

        Raises ModelError for no such row, for no columns and for any warning of the library.
        """
        some_columns(train.rows, self.info.label)
        known = _complete(train, "training rows")
        if not len(known):
            raise ModelError(f"no training row has a value of all {known.y.shape[1]} targets, which vector leaves need")
        held = None if valid is None else _complete(valid, "validation rows")
        if held is None or not len(held):
            fitted = self._boost(known, None, self.rounds_unvalidated, context)
        else:
            rest = None if context.rest is None else _complete(context.rest, "training rows")
            fitted = self._fit_in_rounds(known, held, replace(context, rest=rest))
        return replace(fitted, flat=train.y.ndim == 1)

    def _boost(
        self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext
    ) -> FittedMultiOutput:
        """Boost on standardised targets, scaled by their weights. Vector leaves are grown on the CPU."""
        rows, y, threads = train.rows, train.y.astype(np.float64), context.threads
        weights = checked_weight(rows, train.weight)
        offset = np.average(y, axis=0, weights=weights)
        spread = np.sqrt(np.average((y - offset) ** 2, axis=0, weights=weights))
        spread = np.where(spread > np.finfo(np.float32).eps * np.abs(offset), spread, 1.0)
        scale = spread / _matters(train.target_weight, y.shape[1])
        native = CategoryColumns(rows.columns.names)  # vector leaves know no categories
        matrix = training_matrix(rows, native, max_bin=self.max_bin, threads=threads, weight=train.weight)
        matrix.set_label(((y - offset) / scale).astype(np.float32))
        valid = None
        if stop_on is not None:
            valid = validation_matrix(stop_on.rows, native, reference=matrix, max_bin=self.max_bin, threads=threads)
            valid.set_label(((stop_on.y - offset) / scale).astype(np.float32))
        parameters = self._parameters(rows, context)
        booster = trained(parameters, matrix, rounds, stop_on=valid, patience=self.patience)
        return FittedMultiOutput(booster, rows.columns.names, offset, scale, flat=False)

    def _parameters(self, rows: Rows, context: FitContext) -> dict[str, Any]:
        return {
            "objective": "reg:squarederror",
            "multi_strategy": "multi_output_tree",
            "tree_method": "hist",
            "base_score": 0.0,  # the mean of what it sees
            "eta": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.leaf_rows(rows),
            "subsample": self.subsample,
            "reg_lambda": 0.0,
            "max_bin": self.max_bin,
            "seed": context.seed,
            "nthread": context.threads,
        }


def _complete(data: TrainingData, what: str) -> TrainingData:
    """The rows that have a value of every target, float32[n, t]; ModelError for targets of another shape."""
    y = checked_targets(data, what).astype(np.float32)
    complete = np.isfinite(y).all(axis=1)
    known = replace(data, y=y)
    return known if complete.all() else known.take(np.flatnonzero(complete))


def _matters(weight: NDArray[Any] | None, targets: int) -> Float64:
    """float64[t]: the square roots of the weights, since errors are squared; the largest is 1."""
    values = np.maximum(np.ones(targets) if weight is None else np.asarray(weight, np.float64), LEAST_WEIGHT)
    root: Float64 = np.sqrt(values / values.max())
    return root
