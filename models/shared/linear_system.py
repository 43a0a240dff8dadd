"""Least squares of one training fold on parts of it, so that penalties are chosen on groups that no fit has seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .checks import checked_weight
from .held_out import block_folds, chosen_rows, held_out_groups
from .linear_columns import BATCH, LinearColumns
from .refit_rows import weight_key

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ...array_types import Float64, Ints
    from ..base import FitContext, TrainingData

FEWEST_ROWS = 4
"""Folds that fit fewer rows are left out."""
_RANK = 1e-12


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of a fold as few: ``root`` has their normal equations, root' root = Z' W Z of the centred columns.

    root: float64[min(n, P), P]; mean: float64[P]; test: float64[m, P], rows to test on, centred alike.
    """

    root: Float64
    mean: Float64
    fit: Ints
    test_rows: Ints
    test: Float64
    turn: Float64 | None
    """float64[P, min(n, P)] where the rows were more than the columns: turns Z' W y into the right-hand side."""


@dataclass(frozen=True, eq=False)
class LinearSystem:
    """The standardised columns of a training fold, those of the rows that penalties are chosen on, and its parts."""

    columns: LinearColumns
    rows: Ints
    """Positions of the rows that penalties are chosen on."""
    z: Float64
    weight: Float64
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    """Names of the standardised columns, those of logarithms and of gaps too; empty for products."""
    answered_by: LinearSystem | None = None
    """System that computes the right-hand sides, where the columns of this one are rotated."""
    kept: dict[Hashable, Any] = field(default_factory=dict)
    """Results that a model computes from the parts without a target, once for all targets."""

    def scaled(self, scale: Float64) -> LinearSystem:
        """The same parts with each column times ``scale``, float64[P], which divides its L2 penalty by the square."""
        parts = tuple(
            replace(part, root=part.root * scale, mean=part.mean * scale, test=part.test * scale) for part in self.parts
        )
        return replace(self, parts=parts, answered_by=self, kept={})

    def answers(self, part: Part, y: Float64) -> tuple[Float64, float]:
        """The right-hand side for ``part.root`` of targets of ``rows``, and their weighted mean over fitted rows."""
        if self.answered_by is not None:
            return self.answered_by.answers(self.answered_by.parts[self.parts.index(part)], y)
        weight = self.weight[part.fit]
        mean = float(np.average(y[part.fit], weights=weight))
        return _answers(self.z[part.fit] - part.mean, weight, y[part.fit] - mean, part.turn), mean


def system_of(train: TrainingData, context: FitContext, *, products: bool) -> LinearSystem:
    """The system of training rows, made once for all targets of the same rows."""
    groups = held_out_groups(train.rows, context)
    key = (
        "linear",
        products,
        weight_key(train.weight),
        context.seed,
        *((name, of.tobytes()) for name, of in groups.items()),
    )
    return train.rows.prepared(key, lambda: _system(train, context, products=products))


def _system(train: TrainingData, context: FitContext, *, products: bool) -> LinearSystem:
    weight = checked_weight(train.rows, train.weight)
    columns = LinearColumns.of(train.rows, weight, products=products)
    chosen = chosen_rows(len(train), context.seed)
    z = np.concatenate([part for _, part in columns.batches(train.rows.take(chosen))])
    groups = {name: of[chosen] for name, of in held_out_groups(train.rows, context).items()}
    share = weight[chosen]
    folds = [
        fold for fold in block_folds(groups, context.seed) if len(fold.fit) >= FEWEST_ROWS and share[fold.fit].any()
    ]
    parts = tuple(_part(z, share, fold.fit, fold.test) for fold in folds)
    return LinearSystem(columns, chosen, z, share, parts, columns.spelt(train.rows.columns.names))


def _part(z: Float64, weight: Float64, fit: Ints, test: Ints) -> Part:
    mean = np.average(z[fit], axis=0, weights=weight[fit])
    root, turn = _root(z[fit] - mean, weight[fit])
    return Part(root, mean, fit, test, z[test] - mean, turn)


def _root(centred: Float64, weight: Float64) -> tuple[Float64, Float64 | None]:
    if len(centred) <= centred.shape[1]:
        return np.sqrt(weight)[:, None] * centred, None
    return root_of(centred.T @ (weight[:, None] * centred))


def root_of(gram: Float64) -> tuple[Float64, Float64]:
    """R with R' R = G, and the matrix that turns Z' W y into the right-hand side for R."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > _RANK * max(values[-1], 1e-300)
    root = np.sqrt(values[kept])
    return root[:, None] * vectors[:, kept].T, vectors[:, kept] / root


def _answers(centred: Float64, weight: Float64, y: Float64, turn: Float64 | None) -> Float64:
    return np.sqrt(weight) * y if turn is None else turn.T @ (centred.T @ (weight * y))


@dataclass(frozen=True, eq=False)
class Whole:
    """All training rows of one target, summed up in batches."""

    root: Float64
    answer: Float64
    mean: Float64
    y_mean: float
    rows: float
    """Sum of the weights."""


def whole_of(train: TrainingData, columns: LinearColumns, y: Float64) -> Whole:
    """Normal equations of all rows; those without the target are made once for all targets."""
    weight = checked_weight(train.rows, train.weight)
    total = weight.sum()
    if len(y) <= BATCH:
        key = ("linear-matrix", len(columns.kind), weight_key(train.weight))
        z = train.rows.prepared(key, lambda: columns.apply(train.rows.matrix()))
        mean = np.average(z, axis=0, weights=weight)
        root, turn = train.rows.prepared((*key, "root"), lambda: _root(z - mean, weight))
        y_mean = float(np.average(y, weights=weight))
        return Whole(root, _answers(z - mean, weight, y - y_mean, turn), mean, y_mean, total)

    def gram() -> tuple[Float64, Float64, Float64]:
        first, second = np.zeros(len(columns.kind)), np.zeros((len(columns.kind),) * 2)
        for part, z in columns.batches(train.rows):
            first += weight[part] @ z
            second += z.T @ (weight[part, None] * z)
        return first / total, *root_of(second - np.outer(first, first) / total)

    mean, root, turn = train.rows.prepared(("linear-gram", len(columns.kind), weight_key(train.weight)), gram)
    y_mean, cross = float(np.average(y, weights=weight)), np.zeros(len(mean))
    for part, z in columns.batches(train.rows):
        cross += (z - mean).T @ (weight[part] * (y[part] - y_mean))
    return Whole(root, turn.T @ cross, mean, y_mean, total)
