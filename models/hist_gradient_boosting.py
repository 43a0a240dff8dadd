"""Gradient-boosted trees with scikit-learn's HistGradientBoostingRegressor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..array_types import Float32
from ..errors import ModelError
from .base import FitContext, Fitted, ModelInfo, Rows, TrainingData
from .shared.booster import Booster, GroupedLeaves
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS, checked_target, checked_weight
from .shared.space import SearchRange
from .shared.threads import thread_limit
from .shared.tree_sum import TreeSum


class FittedHistGradientBoosting(TreeSum):
    """The trees, read out of scikit-learn so that no pickle is needed."""


@dataclass(frozen=True)
class HistGradientBoosting(Booster[FittedHistGradientBoosting], GroupedLeaves):
    """scikit-learn's histogram boosting, whose trees are grown leaf by leaf as LightGBM's are.

    Its own early stopping splits rows at random, across volumes. So all rounds are fitted here, the
    number with the least error on the validation part is taken, and the model fitted again with it
    on both parts.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="hist-gradient-boosting",
        label="HistGradientBoosting",
        kind="booster",
        meaning="gradient-boosted trees of scikit-learn, one model a target",
        feature_sets=TABLE_SETS,
        early_stopping_rows=True,
        max_rows=200_000,
        default=False,
        reference="Pedregosa et al. 2011, Journal of Machine Learning Research 12, 2825-2830",
    )
    fitted: ClassVar[type[Fitted]] = FittedHistGradientBoosting
    space: ClassVar[tuple[SearchRange, ...]] = (
        SearchRange("learning_rate", 0.02, 0.3, log=True),
        SearchRange("max_leaf_nodes", 7, 127, log=True, whole=True),
        SearchRange("leaf_share", 0.05, 2.0, log=True),
        SearchRange("l2", 0.0, 10.0),
    )

    rounds: int = 400
    """Most rounds of boosting."""
    rounds_unvalidated: int = 200
    """Rounds where no validation part is given to choose their number on."""
    learning_rate: float = 0.05
    max_leaf_nodes: int = 31
    """Leaves of a tree, at most."""
    min_leaf: int = 5
    """Fewest rows in a leaf."""
    l2: float = 0.0
    """L2 penalty of the values of leaves."""

    def __post_init__(self) -> None:
        Booster.__post_init__(self)
        GroupedLeaves.__post_init__(self)
        check_positive(self.info.name, max_leaf_nodes=self.max_leaf_nodes - 1)

    def _boost(
        self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext
    ) -> FittedHistGradientBoosting:
        """All ``rounds`` rounds on squared error; the library takes no rows to stop on."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        rows = train.rows
        model = HistGradientBoostingRegressor(
            max_iter=rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.leaf_rows(rows),
            l2_regularization=self.l2,
            early_stopping=False,
            random_state=context.seed,
        )
        matrix = rows.prepared(("hist-gradient-boosting",), lambda: _usable(rows))
        weight = None if train.weight is None else checked_weight(rows, train.weight)
        with thread_limit(context.threads):
            model.fit(matrix, checked_target(train), weight)
        return _read_out(model, rows.columns.names)

    def _best_rounds(self, found: FittedHistGradientBoosting, valid: TrainingData) -> int:
        """Number of trees, at least one, with the least squared error on the validation part."""
        target, squared = checked_target(valid, "validation rows"), np.zeros(found.rounds)
        start = 0
        for block in valid.rows.batches():
            residual = target[start : start + len(block)] - found.baseline
            for i, output in enumerate(found.table.outputs(block)):
                residual = residual - output
                squared[i] += residual @ residual
            start += len(block)
        return int(np.argmin(squared)) + 1


def _usable(rows: Rows) -> Float32:
    """The matrix with 0 in columns of gaps only, which scikit-learn cannot bin; none may be infinite."""
    matrix = rows.matrix()
    infinite = np.isinf(matrix).any(axis=0)
    if infinite.any():
        raise ModelError(f"column {rows.columns.names[int(np.argmax(infinite))]!r} has infinite values")
    matrix[:, np.isnan(matrix).all(axis=0)] = 0
    return matrix


def _read_out(model: Any, columns: tuple[str, ...]) -> FittedHistGradientBoosting:
    """The trees of scikit-learn's model; its attributes are private, a test compares predictions."""
    trees = [predictor.nodes for (predictor,) in model._predictors]  # noqa: SLF001  there is no public way
    sizes = np.array([len(tree) for tree in trees])
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    nodes, offset = np.concatenate(trees), np.repeat(root, sizes)
    leaf = nodes["is_leaf"].astype(bool)
    return FittedHistGradientBoosting(
        columns=np.array(columns),
        baseline=np.asarray(model._baseline_prediction, np.float64).reshape(()),  # noqa: SLF001  the same
        feature=np.where(leaf, -1, nodes["feature_idx"]).astype(np.int32),
        threshold=nodes["num_threshold"].astype(np.float64),
        left=(nodes["left"] + offset).astype(np.int32),
        right=(nodes["right"] + offset).astype(np.int32),
        gap_left=nodes["missing_go_to_left"].astype(bool),
        value=nodes["value"].astype(np.float64),
        root=root,
    )
