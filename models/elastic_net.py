"""The elastic net: a linear model that keeps few of many columns."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .base import ModelInfo
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS
from .shared.linear_columns import DESCRIPTOR
from .shared.linear_model import LinearModel, squared_errors

if TYPE_CHECKING:
    from ..array_types import Float64
    from .shared.linear_system import LinearSystem, Whole

L1_SHARES = (0.2, 0.9)
"""Shares of the L1 norm in the penalty among which is chosen."""
_LOOSE: Mapping[str, Any] = {"tol": 1e-2, "max_iter": 100, "random_state": 0}
_TIGHT: Mapping[str, Any] = {"tol": 1e-4, "max_iter": 3000, "random_state": 0}


@dataclass(frozen=True)
class ElasticNet(LinearModel):
    """Least squares with a penalty on the absolute and on the squared coefficients, by scikit-learn's path.

    The path runs on a triangle with the normal equations of the rows, so that its cost does not grow with them.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="elastic-net",
        label="elastic net",
        kind="linear",
        meaning="sparse linear model in standardised columns and their logarithms",
        feature_sets=TABLE_SETS,
        nested_folds=True,
        reference="Zou & Hastie 2005, doi:10.1111/j.1467-9868.2005.00503.x",
    )
    _penalty_names: ClassVar[tuple[str, ...]] = ("penalty", "L1 share")

    penalties: int = 20
    """Penalties tried, evenly over their logarithms down from the one that leaves no column."""
    smallest: float = 2e-3
    """The least of them, as a share of the largest."""

    descriptor_scale: float = 0.1
    """What standardised descriptors are multiplied by, beside scalars and physics features: the less, the dearer they are.

    There are hundreds of them, among which one that fits the few training volumes by chance is always found.
    """

    def __post_init__(self) -> None:
        check_positive(
            self.info.name,
            penalties=self.penalties,
            smallest=self.smallest,
            descriptor_scale=self.descriptor_scale,
        )

    def _solved(self, system: LinearSystem, y: Float64, whole: Whole) -> tuple[Float64, Mapping[str, float]]:
        scale = np.where(system.columns.kind == DESCRIPTOR, self.descriptor_scale, 1.0)
        system = system.scaled(scale)
        whole = replace(whole, root=whole.root * scale, mean=whole.mean * scale)
        best, least = (L1_SHARES[0], self._grid(whole, L1_SHARES[0])[: self.penalties // 2 + 1]), np.inf
        for share in L1_SHARES if system.parts else ():
            alphas = self._grid(whole, share)
            errors = np.zeros(len(alphas))
            for number, part in enumerate(system.parts):
                answer, mean = system.answers(part, y)
                found = _path(part.root, answer, share, alphas * system.weight[part.fit].sum(), _LOOSE)
                errors += squared_errors(system, number, y, mean, found)
            if errors.min() < least:
                best, least = (share, alphas[: int(errors.argmin()) + 1]), float(errors.min())
        share, alphas = best
        # the larger penalties come first, as each starts from what the one before found
        coefficients = scale * _path(whole.root, whole.answer, share, alphas * whole.rows, _TIGHT)[:, -1]
        return coefficients, dict(zip(self._penalty_names, (float(alphas[-1]), share), strict=True))

    def _grid(self, whole: Whole, share: float) -> Float64:
        largest = float(np.abs(whole.root.T @ whole.answer).max()) / whole.rows / share
        return max(largest, 1e-12) * np.geomspace(1.0, self.smallest, self.penalties)


def _path(root: Float64, answer: Float64, share: float, totals: Float64, how: Mapping[str, Any]) -> Float64:
    """float64[P, k] of k penalties, each times the rows: scikit-learn divides by the number of rows that it gets."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import enet_path

    with warnings.catch_warnings():
        # a path that is not followed to its end is still measured on rows it was not fitted on
        warnings.simplefilter("ignore", ConvergenceWarning)
        coefficients: Float64 = enet_path(root, answer, l1_ratio=share, alphas=totals / len(root), **how)[1]
    return coefficients
