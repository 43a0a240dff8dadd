"""Ridge regression on raw and log columns: the linear baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import SettingsError
from .base import ModelInfo
from .shared.checks import TABLE_SETS
from .shared.linear_model import LinearModel
from .shared.ridge_path import solved

if TYPE_CHECKING:
    from ..array_types import Float64
    from .shared.linear_system import LinearSystem, Whole


@dataclass(frozen=True)
class Ridge(LinearModel):
    """Least squares with an L2 penalty from a grid of half decades, and a larger one for descriptors where that errs less.

    There are hundreds of descriptors for some scalars, so one penalty for all would shrink scalars too much or
    descriptors too little. The eigenvectors of the parts are kept with the rows, so a further target of the same rows
    costs next to nothing.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="ridge",
        label="ridge",
        kind="linear",
        meaning="linear in standardised columns and their logarithms, with an L2 penalty",
        feature_sets=TABLE_SETS,
        nested_folds=True,
        reference="Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634",
    )
    _penalty_names: ClassVar[tuple[str, ...]] = ("penalty", "descriptor scale")

    smallest: float = 1e-5
    """Least penalty of the grid, by row (the columns have variance 1)."""
    largest: float = 1e3
    """Greatest penalty that is tried."""

    def __post_init__(self) -> None:
        if not 0 < self.smallest <= self.largest:
            raise SettingsError(
                f"model {self.info.name}: expected 0 < smallest <= largest, got {self.smallest} and {self.largest}"
            )

    def _solved(self, system: LinearSystem, y: Float64, whole: Whole) -> tuple[Float64, Mapping[str, float]]:
        scales = {"descriptor_scales": (1.0, 0.3, 0.1, 0.03), "product_scales": (1.0,)}
        coefficients, *chosen, _ = solved(system, y, whole, alphas=grid(self.smallest, self.largest), **scales)
        return coefficients, dict(zip(self._penalty_names, chosen, strict=True))


def grid(smallest: float, largest: float) -> Float64:
    """Half decades from the least penalty to the largest."""
    low, high = np.log10([smallest, largest])
    return np.logspace(low, high, max(1, round(2 * (high - low)) + 1))
