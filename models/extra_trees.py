"""Extremely randomised trees: many deep trees with random splits, averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight, some_columns
from .shared.standardise import Encoding, encode
from .shared.threads import thread_limit
from .shared.tree_table import TreeTable

if TYPE_CHECKING:
    from ..array_types import Float64


@dataclass(frozen=True, eq=False)
class FittedExtraTrees(NpzModel):
    """Mean of the trees, read out of scikit-learn so that no pickle is needed, on standardised columns without gaps."""

    columns: NDArray[np.str_]
    median: Float64
    indicated: NDArray[np.intp]
    mean: Float64
    scale: Float64
    feature: NDArray[np.int32]
    threshold: Float64
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Float64
    root: NDArray[np.int32]

    def predict(self, rows: Rows) -> Prediction:
        """Predict in batches; ModelError where the columns are not those of training."""
        checked_columns(rows, tuple(str(name) for name in self.columns))
        none = np.zeros(len(self.feature), bool)
        trees = TreeTable(self.feature, self.threshold, self.left, self.right, none, self.value, self.root)
        encoding = Encoding(self.median, self.indicated, self.mean, self.scale)
        parts = [
            sum(trees.outputs(encoding.apply(block).astype(np.float32)), np.zeros(len(block))) / len(self.root)
            for block in rows.batches()
        ]
        return Prediction(np.concatenate([np.zeros(0), *parts]).astype(np.float32))


@dataclass(frozen=True)
class ExtraTrees:
    """scikit-learn's extremely randomised trees on at most ``max_points`` rows, drawn evenly.

    More rows of the same volumes and designs make deeper trees and say little further. Gaps become the training median
    with an indicator column, and columns are standardised: scikit-learn takes values that differ by 1e-7 for the same.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="extra-trees",
        label="extra trees",
        kind="other",
        meaning="mean of trees with random splits",
        feature_sets=TABLE_SETS,
        reference="Geurts, Ernst & Wehenkel 2006, doi:10.1007/s10994-006-6226-1",
    )
    fitted: ClassVar[type[Fitted]] = FittedExtraTrees

    trees: int = 100
    """Trees of the forest."""
    column_share: float = 0.3
    """Share of the columns that a split chooses from."""
    min_leaf: int = 3
    """Fewest rows in a leaf."""
    max_points: int = 20_000
    """Most rows that are fitted."""

    def __post_init__(self) -> None:
        values = {"trees": self.trees, "column_share": self.column_share, "min_leaf": self.min_leaf}
        check_positive(self.info.name, **values, max_points=self.max_points)

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedExtraTrees:
        """Grow the trees. ModelError for no columns, wrong targets or infinite values."""
        from sklearn.ensemble import ExtraTreesRegressor

        names = some_columns(train.rows, self.info.label)
        target, weight = checked_target(train), checked_weight(train.rows, train.weight)
        encoding = train.rows.prepared(("extra-trees",), lambda: encode(train.rows, np.ones(len(train))))
        chosen = np.arange(len(train))
        if len(train) > self.max_points:
            chosen = np.sort(
                np.random.default_rng([context.seed, 0xE7]).choice(len(train), self.max_points, replace=False)
            )
        points = encoding.apply(train.rows.take(chosen).matrix()).astype(np.float32)
        offset, spread = float(target.mean()), float(target.std())
        spread = spread if spread > np.finfo(np.float32).eps * abs(offset) else 1.0
        forest = ExtraTreesRegressor(
            self.trees,
            max_features=min(1.0, self.column_share),
            min_samples_leaf=min(self.min_leaf, len(chosen)),
            random_state=context.seed,
            n_jobs=1,
        )
        with thread_limit(context.threads):
            forest.fit(points, (target[chosen] - offset) / spread, weight[chosen])
        return _read_out(forest, names, encoding, offset, spread)


def _read_out(
    forest: Any, names: tuple[str, ...], encoding: Encoding, offset: float, spread: float
) -> FittedExtraTrees:
    """All nodes one after the other; scikit-learn marks a leaf by the child -1."""
    trees = [tree.tree_ for tree in forest.estimators_]
    sizes = np.array([tree.node_count for tree in trees])
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    at = np.repeat(root, sizes)
    left, right = (np.concatenate([getattr(tree, f"children_{side}") for tree in trees]) for side in ("left", "right"))
    leaf = left < 0
    value = np.concatenate([tree.value[:, 0, 0] for tree in trees])
    return FittedExtraTrees(
        columns=np.array(names),
        median=encoding.median,
        indicated=encoding.indicated,
        mean=encoding.mean,
        scale=encoding.scale,
        feature=np.where(leaf, -1, np.concatenate([tree.feature for tree in trees])).astype(np.int32),
        threshold=np.concatenate([tree.threshold for tree in trees]).astype(np.float64),
        left=np.where(leaf, 0, left + at).astype(np.int32),
        right=np.where(leaf, 0, right + at).astype(np.int32),
        value=offset + spread * value,
        root=root,
    )
