"""Gradient-boosted trees whose leaves hold one value a target: all targets share every split."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .base import Device, Fitted, Float32, ModelInfo, Prediction, Rows
from .shared.boosting import META, leaf_rows, positive
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight, some_columns
from .shared.refit_rows import joined_weight
from .shared.xgboost_native import FILE, strict, training_matrix, validation_matrix

if TYPE_CHECKING:
    from pathlib import Path

    from .shared.checks import Float64

LEAST_WEIGHT = 0.1
"""A target of weight 0 is scored beside another one, so it is learned too."""


@dataclass(frozen=True, eq=False)
class FittedMultiOutput:
    """A booster of t standardised targets and what its file does not hold.

    ``flat`` says that it was fitted on one target by ``fit`` and predicts float32[n].
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
        with strict("predicting"):
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
        """What ``save`` wrote; ModelError names the file that cannot be read."""
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
        with strict(f"reading {path}"):
            return cls(xgboost.Booster(model_file=path), columns, offset, scale, flat)


@dataclass(frozen=True)
class XGBoostMultiOutput:
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
        validates=True,
        default=False,
        multi=True,
        reference="Zhang & Jung 2021, doi:10.1109/TNNLS.2020.3009776; Chen & Guestrin 2016, doi:10.1145/2939672.2939785",
    )
    fitted: ClassVar[type[Fitted]] = FittedMultiOutput

    rounds: int = 1000
    """Most rounds of boosting."""
    rounds_unvalidated: int = 300
    """Rounds where no validation part is given to stop on."""
    patience: int = 25
    """Rounds without improvement of the mean error over the targets before training stops."""
    learning_rate: float = 0.1
    max_depth: int = 6
    min_leaf: int = 2
    """Fewest rows in a leaf (weights of mean 1)."""
    leaf_share: float = 0.5
    """A leaf also holds at least this share of the mean number of rows a volume."""
    subsample: float = 0.7
    """Share of the rows that each tree sees."""
    max_bin: int = 256
    refit: bool = True
    """Fit again on training and validation rows with the number of rounds found."""

    def __post_init__(self) -> None:
        positive(
            self.info.name,
            rounds=self.rounds,
            rounds_unvalidated=self.rounds_unvalidated,
            patience=self.patience,
            learning_rate=self.learning_rate,
            max_depth=self.max_depth,
            min_leaf=self.min_leaf,
            subsample=self.subsample,
            max_bin=self.max_bin - 1,
        )

    def fit(
        self,
        train: Rows,
        y: Float32,
        valid: Rows | None = None,
        y_valid: Float32 | None = None,
        *,
        upper: Float32 | None = None,
        **surroundings: Any,
    ) -> FittedMultiOutput:
        """One target, as any model; ``upper`` is ignored."""
        del upper
        one = checked_target(train, y)[:, None]
        held = None
        if valid is not None and y_valid is not None:
            held = checked_target(valid, y_valid, "validation rows")[:, None]
        return self._fit(train, one, valid, held, flat=True, **surroundings)

    def fit_many(
        self,
        train: Rows,
        y: Float32,
        valid: Rows | None = None,
        y_valid: Float32 | None = None,
        **surroundings: Any,
    ) -> FittedMultiOutput:
        """All targets, y float32[n, t], on the rows that have a value of each.

        Raises ModelError for no such row, for no columns and for any warning of the library.
        """
        some_columns(train, self.info.label)
        values = np.asarray(y, np.float64)
        rows, values, weight = _complete(train, values, surroundings.pop("weight", None))
        held, held_values = None, None
        if valid is not None and y_valid is not None:
            complete = np.flatnonzero(np.isfinite(y_valid).all(axis=1))
            if len(complete):
                held, held_values = valid.take(complete), np.asarray(y_valid, np.float64)[complete]
        return self._fit(rows, values, held, held_values, flat=False, weight=weight, **surroundings)

    def _fit(
        self,
        train: Rows,
        y: Float64,
        valid: Rows | None,
        y_valid: Float64 | None,
        *,
        flat: bool,
        target_weight: Float32 | None = None,
        weight: Float32 | None = None,
        seed: int = 0,
        threads: int = 1,
        device: Device = "cpu",
    ) -> FittedMultiOutput:
        del device  # vector leaves are grown on the CPU
        columns = some_columns(train, self.info.label)
        grow = _Growth(self, _matters(target_weight, y.shape[1]), seed, threads)
        if valid is None or y_valid is None:
            grown = grow(train, y, weight, self.rounds_unvalidated)
        else:
            grown = grow(train, y, weight, self.rounds, (valid, y_valid))
            if self.refit:
                both, values = train.append(valid), np.concatenate([y, y_valid])
                grown = grow(both, values, joined_weight(valid, weight), int(grown[0].num_boosted_rounds()))
        booster, offset, scale = grown
        return FittedMultiOutput(booster, columns, offset, scale, flat)


@dataclass(frozen=True, eq=False)
class _Growth:
    """Settings and surroundings of one fit; ``matters`` float64[t] is by how much each target is enlarged."""

    settings: XGBoostMultiOutput
    matters: Float64
    seed: int
    threads: int

    def __call__(
        self,
        rows: Rows,
        y: Float64,
        weight: Float32 | None,
        rounds: int,
        stop_on: tuple[Rows, Float64] | None = None,
    ) -> tuple[Any, Float64, Float64]:
        """Booster, and offset and scale that turn its outputs into targets: float64[t] each."""
        import xgboost

        settings = self.settings
        weights = checked_weight(rows, weight)
        offset = np.average(y, axis=0, weights=weights)
        spread = np.sqrt(np.average((y - offset) ** 2, axis=0, weights=weights))
        spread = np.where(spread > np.finfo(np.float32).eps * np.abs(offset), spread, 1.0)
        scale = spread / self.matters
        matrix = training_matrix(rows, max_bin=settings.max_bin, threads=self.threads, weight=weight)
        matrix.set_label(((y - offset) / scale).astype(np.float32))
        callbacks, evals = [], []
        if stop_on is not None:
            valid = validation_matrix(stop_on[0], reference=matrix, max_bin=settings.max_bin, threads=self.threads)
            valid.set_label(((stop_on[1] - offset) / scale).astype(np.float32))
            evals = [(valid, "valid")]
            callbacks = [xgboost.callback.EarlyStopping(rounds=settings.patience, save_best=True)]
        with strict("training"):
            booster = xgboost.train(
                self._parameters(rows), matrix, rounds, evals=evals, callbacks=callbacks, verbose_eval=False
            )
        return booster, offset, scale

    def _parameters(self, rows: Rows) -> dict[str, Any]:
        settings = self.settings
        return {
            "objective": "reg:squarederror",
            "multi_strategy": "multi_output_tree",
            "tree_method": "hist",
            "base_score": 0.0,  # the mean of what it sees
            "eta": settings.learning_rate,
            "max_depth": settings.max_depth,
            "min_child_weight": leaf_rows(rows, settings.min_leaf, settings.leaf_share),
            "subsample": settings.subsample,
            "reg_lambda": 0.0,
            "max_bin": settings.max_bin,
            "seed": self.seed,
            "nthread": self.threads,
        }


def _complete(rows: Rows, y: Float64, weight: Float32 | None) -> tuple[Rows, Float64, Float32 | None]:
    """The rows that have a value of every target; ModelError where there are none."""
    if y.ndim != 2 or len(y) != len(rows):  # noqa: PLR2004  rows x targets
        raise ModelError(f"training rows: expected rows x targets, got shape {y.shape} for {len(rows)} rows")
    complete = np.flatnonzero(np.isfinite(y).all(axis=1))
    if not len(complete):
        raise ModelError(f"no training row has a value of all {y.shape[1]} targets, which vector leaves need")
    if len(complete) == len(rows):
        return rows, y, weight
    return rows.take(complete), y[complete], None if weight is None else weight[complete]


def _matters(weight: NDArray[Any] | None, targets: int) -> Float64:
    """float64[t]: the square roots of the weights, since errors are squared; the largest is 1."""
    values = np.maximum(np.ones(targets) if weight is None else np.asarray(weight, np.float64), LEAST_WEIGHT)
    root: Float64 = np.sqrt(values / values.max())
    return root
