"""Gradient-boosted symmetric trees with CatBoost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..array_types import Float32
from ..errors import MissingExtraError, ModelError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.booster import EarlyStoppingBooster
from .shared.boosting import TargetScaler, check_positive
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight
from .shared.space import SearchRange

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

FILE = "model.cbm"
COUNT = "trees.json"
_FEWEST_SAMPLED = 20
"""The library refuses to draw a share of fewer rows, by chance none."""


@dataclass(frozen=True, eq=False)
class FittedCatBoost:
    """A booster and the state that its file lacks; no booster where no column varied in training."""

    booster: Any
    frame: TargetScaler
    threads: int = 1

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return _trees(self.booster)

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches; ModelError where the columns are not those of training."""
        checked_columns(rows, self.frame.columns)
        if self.booster is None:
            return Prediction(self.frame.original(np.zeros(len(rows))))
        parts = [self.booster.predict(block, thread_count=self.threads) for block in rows.batches()]
        return Prediction(self.frame.original(np.concatenate([np.zeros(0), *parts])))

    def save(self, folder: Path) -> None:
        """Write ``model.cbm`` (CatBoost's own format), ``model.json`` and the number of trees."""
        self.frame.save(folder)
        (folder / COUNT).write_text(json.dumps({"trees": self.rounds}), encoding="utf-8")
        if self.booster is not None:
            self.booster.save_model(str(folder / FILE))

    @classmethod
    def load(cls, folder: Path) -> FittedCatBoost:
        """Load a model written by ``save``; ModelError names the file that cannot be read."""
        frame = TargetScaler.load(folder)
        try:
            trees = int(json.loads((folder / COUNT).read_text(encoding="utf-8"))["trees"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / COUNT}: expected the number of trees, got: {error!r}") from error
        return cls(_read(folder / FILE, trees) if trees else None, frame)


@dataclass(frozen=True)
class CatBoost(EarlyStoppingBooster[FittedCatBoost]):
    """CatBoost with its own defaults but for a fixed step, early stopping and a second fit on all rows.

    Its trees are symmetric: one split a level for all leaves, which smooths as small leaves
    cannot. The plain scheme of boosting is used; the ordered one serves categories, and there are none.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="catboost",
        label="CatBoost",
        kind="booster",
        meaning="gradient-boosted symmetric trees, one model a target",
        feature_sets=TABLE_SETS,
        early_stopping_rows=True,
        max_rows=200_000,
        extra="catboost",
        default=False,
        reference="Prokhorenkova et al. 2018, arXiv:1706.09516",
    )
    fitted: ClassVar[type[Fitted]] = FittedCatBoost
    space: ClassVar[tuple[SearchRange, ...]] = (
        SearchRange("learning_rate", 0.02, 0.3, log=True),
        SearchRange("depth", 3, 8, whole=True),
        SearchRange("l2", 1.0, 30.0, log=True),
        SearchRange("subsample", 0.5, 1.0),
    )

    depth: int = 6
    """Splits on the way to a leaf; all leaves are that deep."""
    l2: float = 3.0
    """Penalty of a leaf's value."""
    subsample: float = 0.8
    """Share of the rows that each tree sees."""
    max_bin: int = 128
    """Bins a column."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self.info.name, depth=self.depth, max_bin=self.max_bin - 1)

    def _boost(
        self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext
    ) -> FittedCatBoost:
        """Boost on squared error; no booster where nothing varies. MissingExtraError without CatBoost."""
        library = _library()
        target = checked_target(train)
        weights = checked_weight(train.rows, train.weight)
        frame = TargetScaler.of(train.rows.columns.names, target, weights)
        label, matrix = frame.standard(target), _finite_or_gap(train.rows)
        if not _varies(matrix) or np.ptp(label) == 0:
            return FittedCatBoost(None, frame, context.threads)
        stopping: dict[str, Any] = {}
        if stop_on is not None:
            stopping = {
                "eval_set": library.Pool(_finite_or_gap(stop_on.rows), frame.standard(checked_target(stop_on))),
                "early_stopping_rounds": self.patience,
                "use_best_model": True,
            }
        booster = library.CatBoostRegressor(iterations=rounds, **self._parameters(len(train), context))
        try:
            booster.fit(library.Pool(matrix, label, weight=None if train.weight is None else weights), **stopping)
        except library.CatBoostError as error:
            raise ModelError(f"CatBoost, training: {error}") from error
        return FittedCatBoost(booster, frame, context.threads)

    def _best_rounds(self, found: FittedCatBoost, valid: TrainingData) -> int:
        """The best number of rounds, at least one, so that there is a second fit."""
        return max(1, found.rounds)

    def _parameters(self, n: int, context: FitContext) -> dict[str, Any]:
        sampled = {"bootstrap_type": "Bernoulli", "subsample": self.subsample}
        return {
            "loss_function": "RMSE",
            "boosting_type": "Plain",
            **(sampled if n >= _FEWEST_SAMPLED else {"bootstrap_type": "No"}),
            "learning_rate": self.learning_rate,
            "depth": self.depth,
            "l2_leaf_reg": self.l2,
            "border_count": self.max_bin,
            "random_seed": context.seed,
            "thread_count": context.threads,
            "allow_writing_files": False,  # it would log into the current folder
            "logging_level": "Silent",
        }


def _library() -> ModuleType:
    try:
        import catboost
    except ImportError as error:
        raise MissingExtraError("catboost", "catboost", "the model catboost") from error
    library: ModuleType = catboost
    return library


def _read(path: Path, trees: int) -> Any:
    library = _library()
    booster = library.CatBoostRegressor()
    try:
        booster.load_model(str(path))
    except library.CatBoostError as error:
        raise ModelError(f"{path}: expected a saved CatBoost model, got: {error}") from error
    if _trees(booster) != trees:
        raise ModelError(f"{path}: expected {trees} trees, got {_trees(booster)}")
    return booster


def _trees(booster: Any) -> int:
    return 0 if booster is None else int(booster.tree_count_)


def _finite_or_gap(rows: Rows) -> Float32:
    """The matrix, kept with the rows; ModelError names a column with infinite values."""
    matrix = rows.prepared(("catboost",), rows.matrix)
    infinite = np.isinf(matrix).any(axis=0)
    if infinite.any():
        raise ModelError(f"column {rows.columns.names[int(np.argmax(infinite))]!r} has infinite values")
    return matrix


def _varies(matrix: Float32) -> bool:
    """Whether some column takes two values, a gap among them; the library ends with an error otherwise."""
    first = matrix[:1]
    return bool(((matrix != first) & ~(np.isnan(matrix) & np.isnan(first))).any())
