"""Targets read off the descriptors that compute them, without learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..errors import ModelError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.arrays import NpzModel
from .shared.checks import checked_target, checked_weight

if TYPE_CHECKING:
    from ..array_types import Float64

FORMULAS: Mapping[str, tuple[tuple[str, ...], Callable[..., Float64]]] = {
    "porosity": (("porosity",), lambda porosity: porosity),
    "ln tau": (("tortuosity_factor_z",), np.log),
    "ln d_eff": (("relative_diffusivity_z",), np.log),
    "1 - ln tau / ln porosity": (
        ("tortuosity_factor_z", "porosity"),
        lambda tau, porosity: 1 - np.log(tau) / np.log(porosity),
    ),
}
"""Formulas that compute a target from descriptors, each on its learned scale, with the columns it takes."""


@dataclass(frozen=True, eq=False)
class FittedComputed(NpzModel):
    """The formula that answers, by its place among ``FORMULAS``; ``fallback`` where it is undefined."""

    formula: Float64
    fallback: Float64

    def predict(self, rows: Rows) -> Prediction:
        """The formula's values; the mean of the training rows where it has none."""
        values = _values(rows, tuple(FORMULAS)[int(self.formula)])
        return Prediction(np.where(np.isfinite(values), values, self.fallback).astype(np.float32))


@dataclass(frozen=True)
class Computed:
    """The target read off the descriptors: of four formulas the one that agrees best with the training rows.

    Nothing is fitted beyond that choice. Its score says whether the labels are right, and what a model that is to spare
    the descriptors' cost has to be measured against.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="computed",
        label="computed",
        kind="law",
        meaning="the target as the descriptors compute it",
        feature_sets=("morphology", "morphology+transport"),
        targets=frozenset({"porosity", "tau_factor", "d_eff", "bruggeman_exponent"}),
        columns=("porosity",),
    )
    fitted: ClassVar[type[Fitted]] = FittedComputed

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedComputed:
        """Choose the formula. ModelError where no formula has a value for any training row."""
        target, weight = checked_target(train), checked_weight(train.rows, train.weight)
        fallback = float(np.average(target, weights=weight))
        errors = []
        for name, (needs, _) in FORMULAS.items():
            if not set(needs) <= set(train.rows.columns.names):
                errors.append(np.inf)
                continue
            values = _values(train.rows, name)
            known = np.isfinite(values)
            errors.append(float(np.median(np.abs(values - target)[known])) if known.any() else np.inf)
        if not np.isfinite(errors).any():
            raise ModelError(f"{self.info.name}: no training row has a value of {', '.join(FORMULAS)}")
        return FittedComputed(np.asarray(int(np.argmin(errors))), np.asarray(fallback))


def _values(rows: Rows, formula: str) -> Float64:
    needs, compute = FORMULAS[formula]
    with np.errstate(all="ignore"):  # undefined values are NaN
        return np.asarray(compute(*(rows.column(name).astype(np.float64) for name in needs)), np.float64)
