"""Gradient-boosted symmetric trees with CatBoost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import MissingExtraError, ModelError
from .base import Device, Fitted, Float32, ModelInfo, Prediction, Rows
from .shared.boosting import Frame, positive
from .shared.checks import TABLE_SETS, checked_columns, checked_size, checked_weight
from .shared.early_stopping import fit_in_rounds
from .shared.space import Knob

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

FILE = "model.cbm"
COUNT = "trees.json"
_FEWEST_SAMPLED = 20
"""The library refuses to draw a share of fewer rows, by chance none."""


@dataclass(frozen=True, eq=False)
class FittedCatBoost:
    """A booster and what its file does not hold; no booster where no column varied in training."""

    booster: Any
    frame: Frame
    threads: int = 1

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return _trees(self.booster)

    def predict(self, rows: Rows) -> Prediction:
        """In batches; ModelError where the columns are not those of training."""
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
        """What ``save`` wrote; ModelError names the file that cannot be read."""
        frame = Frame.load(folder)
        try:
            trees = int(json.loads((folder / COUNT).read_text(encoding="utf-8"))["trees"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / COUNT}: expected the number of trees, got: {error!r}") from error
        return cls(_read(folder / FILE, trees) if trees else None, frame)


@dataclass(frozen=True)
class CatBoost:
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
        validates=True,
        max_rows=200_000,
        extra="catboost",
        default=False,
        reference="Prokhorenkova et al. 2018, arXiv:1706.09516",
    )
    fitted: ClassVar[type[Fitted]] = FittedCatBoost
    space: ClassVar[tuple[Knob, ...]] = (
        Knob("learning_rate", 0.02, 0.3, log=True),
        Knob("depth", 3, 8, whole=True),
        Knob("l2", 1.0, 30.0, log=True),
        Knob("subsample", 0.5, 1.0),
    )

    rounds: int = 1000
    """Most rounds of boosting."""
    rounds_unvalidated: int = 300
    """Rounds where no validation part is given to stop on."""
    patience: int = 25
    """Rounds without improvement on the validation part before training stops."""
    learning_rate: float = 0.1
    depth: int = 6
    l2: float = 3.0
    """Penalty of a leaf's value."""
    subsample: float = 0.8
    """Share of the rows that each tree sees."""
    max_bin: int = 128
    refit: bool = True
    """Fit again on training and validation rows with the number of rounds found."""

    def __post_init__(self) -> None:
        positive(
            self.info.name,
            rounds=self.rounds,
            rounds_unvalidated=self.rounds_unvalidated,
            patience=self.patience,
            learning_rate=self.learning_rate,
            depth=self.depth,
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
        weight: Float32 | None = None,
        seed: int = 0,
        threads: int = 1,
        device: Device = "cpu",
    ) -> FittedCatBoost:
        """Boost on squared error, stop early on ``valid``; ``upper`` and ``device`` are ignored.

        Raises MissingExtraError without CatBoost, ModelError for no columns, too many rows, wrong
        targets and for any error of the library.
        """
        del upper, device
        checked_size(train, self.info)
        job = _Job(self, _library(), seed, threads)
        booster, frame = fit_in_rounds(
            job, self, label=self.info.label, train=train, y=y, valid=valid, y_valid=y_valid, weight=weight
        )
        return FittedCatBoost(booster, frame, threads)


@dataclass(frozen=True)
class _Job:
    """Settings and surroundings of one fit."""

    settings: CatBoost
    library: ModuleType
    seed: int
    threads: int

    def __call__(
        self,
        rows: Rows,
        label: Float32,
        weight: Float32 | None,
        rounds: int,
        stop_on: tuple[Rows, Float32] | None = None,
    ) -> Any:
        """A booster of at most ``rounds`` rounds, cut at its best one where it can be known; None where nothing varies."""
        matrix = _finite_or_gap(rows)
        if not _varies(matrix) or np.ptp(label) == 0:
            return None
        stopping: dict[str, Any] = {}
        if stop_on is not None:
            stopping = {
                "eval_set": self.library.Pool(_finite_or_gap(stop_on[0]), stop_on[1]),
                "early_stopping_rounds": self.settings.patience,
                "use_best_model": True,
            }
        model = self.library.CatBoostRegressor(iterations=rounds, **self._parameters(len(rows)))
        try:
            weights = None if weight is None else checked_weight(rows, weight)
            model.fit(self.library.Pool(matrix, label, weight=weights), **stopping)
        except self.library.CatBoostError as error:
            raise ModelError(f"CatBoost, training: {error}") from error
        return model

    @staticmethod
    def rounds_of(booster: Any) -> int:
        """Trees in a booster, at least one, so that there is a second fit."""
        return max(1, _trees(booster))

    def _parameters(self, n: int) -> dict[str, Any]:
        settings = self.settings
        sampled = {"bootstrap_type": "Bernoulli", "subsample": settings.subsample}
        return {
            "loss_function": "RMSE",
            "boosting_type": "Plain",
            **(sampled if n >= _FEWEST_SAMPLED else {"bootstrap_type": "No"}),
            "learning_rate": settings.learning_rate,
            "depth": settings.depth,
            "l2_leaf_reg": settings.l2,
            "border_count": settings.max_bin,
            "random_seed": self.seed,
            "thread_count": self.threads,
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
