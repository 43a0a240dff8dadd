"""Ridge regression with products of columns: a quadratic model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .base import ModelInfo
from .ridge import Ridge, grid
from .shared.checks import TABLE_SETS
from .shared.ridge_path import solved

if TYPE_CHECKING:
    from ..array_types import Float64
    from .shared.linear_system import LinearSystem, Whole


@dataclass(frozen=True)
class RidgeQuadratic(Ridge):
    """``ridge`` with the products of every two scalars, and of scalars with three descriptors, by their logarithms.

    The descriptors are the porosity, the tortuosity factor along z and the specific surface, where they are there. Products
    have a penalty of their own.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="ridge-quadratic",
        label="quadratic ridge",
        kind="linear",
        meaning="ridge with products of scalars with scalars and with a few descriptors",
        feature_sets=TABLE_SETS,
        nested_folds=True,
        reference="Box & Wilson 1951, doi:10.1111/j.2517-6161.1951.tb00067.x",
    )
    products: ClassVar[bool] = True
    _penalty_names: ClassVar[tuple[str, ...]] = ("penalty", "descriptor scale", "product scale")

    def _solved(self, system: LinearSystem, y: Float64, whole: Whole) -> tuple[Float64, Mapping[str, float]]:
        scales = {"descriptor_scales": (1.0, 0.3, 0.1), "product_scales": (1.0, 0.3, 0.1)}
        coefficients, *chosen = solved(system, y, whole, alphas=grid(self.smallest, self.largest), **scales)
        return coefficients, dict(zip(self._penalty_names, chosen, strict=True))
