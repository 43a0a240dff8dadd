"""Rounds of boosting on squared error, stopped where rows held out get no better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .bins import BinnedRows
from .growing import Grower, Growth, Tree

if TYPE_CHECKING:
    from ...array_types import Float64
    from .bins import Cuts


class HeldOut:
    """Rows that no tree is grown on, with what is left of their targets after each round."""

    def __init__(self, rows: BinnedRows, y: Float64, patience: int) -> None:
        self.rows, self.patience = rows, patience
        self._residual = y.copy()
        self._squared: list[float] = []

    def gives_up(self, tree: Tree, depth: int) -> bool:
        """Take a tree's output from the targets; whether the last ``patience`` rounds were no better than one before."""
        from . import kernels

        kernels.subtract(self._residual, tree.leaves(self.rows, depth), tree.value)
        self._squared.append(float(self._residual @ self._residual))
        return len(self._squared) - self.best_rounds >= self.patience

    @property
    def best_rounds(self) -> int:
        """Rounds after which the squared error was least."""
        return int(np.argmin(self._squared)) + 1


def boosted(
    rows: BinnedRows,
    cuts: Cuts,
    y: Float64,
    weight: Float64,
    *,
    growth: Growth,
    rounds: int,
    seed: int,
    held: HeldOut | None,
) -> list[Tree]:
    """At most ``rounds`` trees, each on what those before it left of ``y``; as many as are best for ``held``, if given."""
    from . import kernels

    grower, residual = Grower(rows, cuts, weight, growth, seed), y.copy()
    trees: list[Tree] = []
    for _ in range(rounds):
        tree, leaves = grower.grown(residual)
        kernels.subtract(residual, leaves, tree.value)
        trees.append(tree)
        if held is not None and held.gives_up(tree, growth.depth):
            break
    return trees if held is None else trees[: held.best_rounds]
