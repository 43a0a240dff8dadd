"""Gradient-boosted trees for rows that are pairs of a volume and a design, summed once a volume and once a design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..array_types import Float64
from ..errors import SettingsError
from .base import FitContext, Fitted, ModelInfo, Rows, TrainingData
from .factorised.bins import BinnedRows, Cuts
from .factorised.growing import DEEPEST, Growth, Tree
from .factorised.rounds import HeldOut, boosted
from .shared.boosting import TargetScaler, check_positive
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight
from .shared.contributions import Contributions
from .shared.group_booster import GroupBooster
from .shared.space import SearchRange
from .shared.tree_shap import tree_contributions
from .shared.tree_sum import TreeSum

if TYPE_CHECKING:
    from ..array_types import Float32

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class FittedFactorisedBoosting(TreeSum):
    """The trees, and the training weight of each of their nodes."""

    weight: Float64

    def summed(self, block: Float32) -> Float64:
        """float64[n]: the sum of all trees for a matrix."""
        from .factorised import kernels

        table, total = self.table, np.zeros(len(block))
        kernels.outputs(
            np.ascontiguousarray(block), table.feature, table.threshold, table.left, table.right, table.gap_left,
            table.value, table.root, total,
        )  # fmt: skip
        return total

    def contributions(self, rows: Rows) -> Contributions:
        """Exact TreeSHAP, in batches, float64[n, p]."""
        checked_columns(rows, self.names)
        parts = [tree_contributions(self.table, self.weight, block) for block in rows.batches()]
        found = np.concatenate([np.zeros((0, len(self.columns) + 1)), *parts])
        return Contributions(self.names, found[:, :-1], self.baseline + found[:, -1])


@dataclass(frozen=True)
class FactorisedBoosting(GroupBooster[FittedFactorisedBoosting]):
    """Settings of the booster of this package, which are those of ``xgboost`` but for what a tree sees.

    A descriptor is one number a volume, a scalar one a design. So each level of a tree adds up the residuals of the rows by node and
    volume, and by node and design, and makes its histograms of those few sums: the same histograms that XGBoost and LightGBM add
    up row by row and column by column. Only physics features that vary with both are added up by rows. Each
    tree sees some of the volumes and some of the designs, so that what it leaves out is new in the way of test rows.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="factorised-boosting",
        label="factorised boosting",
        kind="booster",
        meaning="gradient-boosted trees whose histograms are summed once a volume and once a design, one model a target",
        feature_sets=TABLE_SETS,
        nested_folds=True,
        default=False,
        reference="Huang et al. 2023, doi:10.14778/3611479.3611509",
    )
    fitted: ClassVar[type[Fitted]] = FittedFactorisedBoosting
    space: ClassVar[tuple[SearchRange, ...]] = (
        SearchRange("learning_rate", 0.02, 0.3, log=True),
        SearchRange("max_depth", 2, DEEPEST, whole=True),
        SearchRange("designs_a_leaf", 1.0, 8.0, log=True),
        SearchRange("subsample", 0.5, 1.0),
        SearchRange("reg_lambda", 0.0, 10.0),
    )

    learning_rate: float = 0.05
    max_depth: int = 3
    """Splits on the way to a leaf, at most."""
    reg_lambda: float = 0.0
    """L2 penalty of the values of leaves."""
    column_share: float = 1.0
    """Share of the descriptors, of the scalars and of the physics features that each tree chooses from."""
    rounds_unvalidated: int = 200
    """Rounds where there are too few groups to choose them by."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self.info.name, max_depth=self.max_depth, column_share=self.column_share)
        if self.max_depth > DEEPEST:
            raise SettingsError(f"model {self.info.name}: max_depth must be at most {DEEPEST}, got {self.max_depth}")

    def _boost(
        self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext
    ) -> FittedFactorisedBoosting:
        """Boost on squared error; ModelError for columns with infinite values."""
        target, weight = checked_target(train), checked_weight(train.rows, train.weight)
        frame = TargetScaler.of(train.rows.columns.names, target, weight)
        cuts, binned = train.rows.prepared(("factorised",), lambda: _binned(train.rows))
        held = None
        if stop_on is not None:
            # the cuts are kept beside them, so that their id stays their own
            _, others = stop_on.rows.prepared(
                ("factorised", id(cuts)), lambda: (cuts, BinnedRows.of(stop_on.rows, cuts))
            )
            held = HeldOut(others, _standard(frame, checked_target(stop_on)), self.patience)
        growth = Growth(
            depth=self.max_depth,
            least=self.leaf_rows(train.rows),
            penalty=self.reg_lambda,
            learning_rate=self.learning_rate,
            row_share=self.subsample,
            column_share=self.column_share,
        )
        trees = boosted(
            binned, cuts, _standard(frame, target), weight, growth=growth, rounds=rounds, seed=context.seed, held=held
        )
        return _fitted(trees, cuts, frame)


def _binned(rows: Rows) -> tuple[Cuts, BinnedRows]:
    cuts = Cuts.of(rows)
    return cuts, BinnedRows.of(rows, cuts)


def _standard(frame: TargetScaler, y: Float64) -> Float64:
    """The targets with mean 0 and variance 1, as gains are compared with a constant."""
    return (y - frame.offset) / frame.scale


def _fitted(trees: list[Tree], cuts: Cuts, frame: TargetScaler) -> FittedFactorisedBoosting:
    """The trees one after the other, their splits at values instead of bins, on the scale of the target."""
    sizes = [int(np.count_nonzero(tree.heft)) or 1 for tree in trees]
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    offset = np.repeat(root, sizes)
    feature, last, left, right, gap_left, value, weight = (
        np.concatenate([getattr(tree, name)[:size] for tree, size in zip(trees, sizes, strict=True)])
        for name in ("feature", "last", "left", "right", "gap_left", "value", "heft")
    )
    ends = [np.append(own, _LARGEST) for own in cuts.columns]
    threshold = [ends[column][at - 1] if column >= 0 else 0.0 for column, at in zip(feature, last, strict=True)]
    return FittedFactorisedBoosting(
        columns=np.array(frame.columns),
        baseline=np.asarray(frame.offset),
        feature=feature.astype(np.int32),
        threshold=np.array(threshold, np.float64),
        left=(left + offset).astype(np.int32),
        right=(right + offset).astype(np.int32),
        gap_left=gap_left,
        value=frame.scale * value,
        root=root,
        weight=weight,
    )
