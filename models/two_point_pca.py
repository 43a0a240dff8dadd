"""The classical homogenisation baseline: principal components of the two-point correlations, then ridge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .base import ModelInfo
from .ridge import Ridge, grid
from .shared.boosting import check_positive
from .shared.checks import TABLE_SETS
from .shared.linear_columns import DESCRIPTOR
from .shared.ridge_path import solved

if TYPE_CHECKING:
    from ..array_types import Float64
    from .shared.linear_system import LinearSystem, Whole

PREFIX = "two_point_correlation"
_ALSO = "porosity"


@dataclass(frozen=True)
class TwoPointPCA(Ridge):
    """``ridge`` on the leading principal components of the two-point correlations, the porosity, and the scalars.

    The components are those of the training rows, found without the target. Other descriptors are left out.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="two-point-pca",
        label="S2 + PCA + ridge",
        kind="linear",
        meaning="ridge on principal components of two-point correlations",
        feature_sets=tuple(name for name in TABLE_SETS if "morphology" in name),
        nested_folds=True,
        columns=("two_point_correlation_r1_z",),
        reference="Niezgoda, Kanjarla & Kalidindi 2013, doi:10.1186/2193-9772-2-3; Latypov & Kalidindi 2017, doi:10.1016/j.jcp.2017.06.013",
    )
    components: int = 6
    """Most principal components that are kept."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_positive(self.info.name, components=self.components)

    def _solved(self, system: LinearSystem, y: Float64, whole: Whole) -> tuple[Float64, Mapping[str, float]]:
        turn, kind = self._turn(system)
        parts = tuple(
            replace(part, root=part.root @ turn, mean=part.mean @ turn, test=part.test @ turn) for part in system.parts
        )
        # The right-hand side for a root does not change when its columns are rotated.
        reduced = replace(system, columns=replace(system.columns, kind=kind), parts=parts, kept={}, answered_by=system)
        few = replace(whole, root=whole.root @ turn, mean=whole.mean @ turn)
        scales = {"descriptor_scales": (1.0, 0.3, 0.1), "product_scales": (1.0,)}
        coefficients, *chosen, _ = solved(reduced, y, few, alphas=grid(self.smallest, self.largest), **scales)
        return turn @ coefficients, dict(zip(self._penalty_names, chosen, strict=True))

    def _turn(self, system: LinearSystem) -> tuple[Float64, NDArray[np.intp]]:
        """float64[P, k], which turns standardised columns into components of variance 1; and their kinds."""
        kind, names = system.columns.kind, np.array(system.names)
        of_volumes = kind == DESCRIPTOR
        correlated = np.flatnonzero(of_volumes & np.char.startswith(names, PREFIX))
        others = np.flatnonzero(~of_volumes | (names == _ALSO))
        if not len(correlated) + len(others):
            raise ModelError(f"{self.info.label}: expected columns {PREFIX}..., there are none")
        z = system.z[:, correlated]
        values, vectors = np.linalg.eigh(z.T @ z / len(z))
        order = np.argsort(values)[::-1][: self.components]
        order = order[values[order] > 1e-9 * max(float(values.max(initial=0.0)), 1e-300)]
        turn = np.zeros((len(kind), len(order) + len(others)))
        turn[np.ix_(correlated, np.arange(len(order)))] = vectors[:, order] / np.sqrt(values[order])
        turn[others, len(order) + np.arange(len(others))] = 1.0
        return turn, np.concatenate([np.full(len(order), DESCRIPTOR), kind[others]])
