"""Analytic laws: y is a sum of logarithms of descriptors with fitted exponents.

On the log scale of tau and d_eff every law of the literature that is a product of powers is linear,

    y = ln prefactor + sum_i c_i ln(term_i),     term_i = product of columns to fixed powers,

so one least-squares fit serves all of them, and a law is the declaration of its terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ..base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .arrays import NpzModel
from .checks import checked_target, checked_weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...array_types import Float64

Term = dict[str, float]
LAW_TARGETS = frozenset({"tau_factor", "d_eff"})


def law_info(name: str, label: str, meaning: str, terms: tuple[Term, ...], reference: str) -> ModelInfo:
    """Declare a law; its columns are those of the terms."""
    return ModelInfo(
        name=name,
        label=label,
        kind="law",
        meaning=meaning,
        feature_sets=("morphology",),
        targets=LAW_TARGETS,
        columns=_columns(terms),
        reference=reference,
    )


@dataclass(frozen=True, eq=False)
class FittedLaw(NpzModel):
    """y = intercept + sum_j exponents[j] ln columns[j]."""

    columns: NDArray[np.str_]
    exponents: Float64
    intercept: Float64
    fallback: Float64

    def predict(self, rows: Rows) -> Prediction:
        """The law; where one of its columns is NaN or not positive, the mean of the training rows.

        A law says nothing about such a row, and a score over all rows needs a value for it.
        """
        logs = _logs(rows, [str(name) for name in self.columns])
        y = self.intercept + logs @ self.exponents
        return Prediction(np.where(np.isfinite(y), y, self.fallback).astype(np.float32))


@dataclass(frozen=True)
class Law:
    """Base of the laws; a law declares ``info``, its terms and whether it has a prefactor."""

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]] = FittedLaw
    terms: ClassVar[tuple[Term, ...]]
    prefactor: ClassVar[bool] = True

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedLaw:
        """Weighted least squares of least norm, on the rows whose columns are all positive.

        ``y`` is on the log scale. ModelError where no row is usable or a column is not there.
        """
        target, share = checked_target(train), checked_weight(train.rows, train.weight)
        columns = _columns(self.terms)
        missing = [name for name in columns if name not in train.rows.columns.names]
        if missing:
            raise ModelError(f"{self.info.name}: expected the columns {', '.join(columns)}; {missing[0]} is not given")
        powers = np.array([[term.get(name, 0.0) for term in self.terms] for name in columns])
        logs = _logs(train.rows, columns)
        usable = np.isfinite(logs).all(axis=1)
        if not usable.any():
            raise ModelError(f"{self.info.name}: no training row has positive values of {', '.join(columns)}")
        design = logs[usable] @ powers
        if self.prefactor:
            design = np.column_stack([np.ones(len(design)), design])
        root = np.sqrt(share[usable])
        found, *_rest = np.linalg.lstsq(design * root[:, None], target[usable] * root, rcond=None)
        intercept, slopes = (found[0], found[1:]) if self.prefactor else (0.0, found)
        return FittedLaw(
            columns=np.array(columns),
            exponents=powers @ slopes,
            intercept=np.asarray(intercept, np.float64),
            fallback=np.asarray(np.average(target, weights=share)),
        )


def _columns(terms: tuple[Mapping[str, float], ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for term in terms for name in term))


def _logs(rows: Rows, columns: list[str] | tuple[str, ...]) -> Float64:
    """float64[n, k]: natural logarithms, NaN where a value is NaN, zero, negative or infinite."""
    values = np.stack([rows.column(name) for name in columns], axis=1).astype(np.float64)
    defined = np.isfinite(values) & (values > 0)
    logs = np.full(values.shape, np.nan)
    return np.log(values, out=logs, where=defined)
