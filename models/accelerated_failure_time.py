"""Accelerated failure time with XGBoost: lives of which some are only known to exceed a bound.

ln life = f(columns) + sigma epsilon, epsilon normal; a row that was not seen to its end adds the
probability of outliving its bound to the likelihood, where squared error would take the bound for
the life. Barnwal, Cho & Hocking 2022, doi:10.1080/10618600.2022.2067548.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from ..array_types import Float32
from ..errors import ModelError
from .base import FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .shared.booster import EarlyStoppingBooster, GroupedLeaves
from .shared.boosting import TargetScaler, check_positive
from .shared.checks import TABLE_SETS, checked_target, checked_weight
from .shared.xgboost_native import (
    NativeXGBoost,
    placed,
    trained,
    training_matrix,
    validation_matrix,
    warnings_as_errors,
)

if TYPE_CHECKING:
    from ..array_types import Float64

MAX_BIN = 64


def aft_info(censoring: Literal["capped", "observed"], meaning: str) -> ModelInfo:
    """Declare a variant; the variants differ in the rows that count as censored."""
    return ModelInfo(
        name=f"xgboost-aft-{censoring}",
        label=f"XGBoost AFT ({censoring})",
        kind="booster",
        meaning=meaning,
        feature_sets=TABLE_SETS,
        targets=frozenset({"projected_cycle_life"}),
        early_stopping_rows=True,
        default=False,
        devices=("cpu", "cuda"),
        censoring=censoring,
        reference="Barnwal, Cho & Hocking 2022, doi:10.1080/10618600.2022.2067548",
    )


class FittedAFT(NativeXGBoost):
    """A booster of standardised ln life, and the scale of that."""

    def predict(self, rows: Rows) -> Prediction:
        """Median lives. ModelError where the columns are not those of training."""
        margin = np.concatenate([np.zeros(0), *self.outputs(rows, output_margin=True)])
        return Prediction(np.exp(self.frame.offset + self.frame.scale * margin).astype(np.float32))


@dataclass(frozen=True)
class AFT(EarlyStoppingBooster[FittedAFT], GroupedLeaves):
    """Base of the variants.

    Boosting stops where the likelihood of the validation part's bounds stops improving; then all rows
    are fitted again with that number of rounds, as the other boosters do.
    """

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]] = FittedAFT

    rounds_unvalidated: int = 200
    """Rounds where no validation part is given to stop on."""
    learning_rate: float = 0.05
    max_depth: int = 6
    """Splits on the way to a leaf, at most."""
    min_leaf: int = 3
    """Fewest rows in a leaf that were seen to their end; censored rows tell less, so more of them."""
    noise: float = 0.5
    """sigma, as a share of the standard deviation of the logarithms given."""

    def __post_init__(self) -> None:
        EarlyStoppingBooster.__post_init__(self)
        GroupedLeaves.__post_init__(self)
        check_positive(self.info.name, max_depth=self.max_depth, noise=self.noise)

    def _boost(self, train: TrainingData, stop_on: TrainingData | None, rounds: int, context: FitContext) -> FittedAFT:
        """Boost lives in [y, upper], ``upper`` = y where the life is known (all of them where None).

        ``y`` is on the raw scale. Raises ModelError for lives that are not positive and for bounds
        below them, DeviceError where CUDA was asked for and not used.
        """
        context, rows = placed(context), train.rows
        lower, upper = _bounds(train, "training rows")
        frame = TargetScaler.of(rows.columns.names, np.log(lower), checked_weight(rows, train.weight))
        matrix = training_matrix(rows, frame.native, max_bin=MAX_BIN, threads=context.threads, weight=train.weight)
        held = None
        with warnings_as_errors("training"):
            _label(matrix, frame, lower, upper)
            if stop_on is not None:
                held = validation_matrix(
                    stop_on.rows, frame.native, reference=matrix, max_bin=MAX_BIN, threads=context.threads
                )
                _label(held, frame, *_bounds(stop_on, "validation rows"))
        booster = trained(self._parameters(rows, context), matrix, rounds, stop_on=held, patience=self.patience)
        return FittedAFT(booster, frame, context.device)

    def _parameters(self, rows: Rows, context: FitContext) -> dict[str, Any]:
        return {
            "objective": "survival:aft",
            "aft_loss_distribution": "normal",
            "aft_loss_distribution_scale": self.noise,
            "base_score": 1.0,  # margin 0: the standardised mean
            "tree_method": "hist",
            "device": context.device,
            "eta": self.learning_rate,
            "max_depth": self.max_depth,
            # a row seen to its end has the second derivative 1 / sigma^2
            "min_child_weight": self.leaf_rows(rows) / self.noise**2,
            "subsample": self.subsample,
            "reg_lambda": 0.0,
            "max_bin": MAX_BIN,
            "seed": context.seed,
            "nthread": context.threads,
        }


def _bounds(data: TrainingData, what: str) -> tuple[Float64, Float64]:
    """Checked bounds between which the lives lie, float64[n] each; ModelError where they make no sense."""
    lower = checked_target(data, what)
    return lower, _checked_upper(lower, data.upper)


def _label(matrix: Any, frame: TargetScaler, lower: Float64, upper: Float64) -> None:
    """Set the bounds of a matrix's rows on the standardised scale."""
    low, high = (np.exp(frame.standard(np.log(bound))) for bound in (lower, upper))
    matrix.set_info(label_lower_bound=low, label_upper_bound=high)


def _checked_upper(lower: Float64, upper: Float32 | None) -> Float64:
    if (lower <= 0).any():
        raise ModelError(f"lives must be positive, the least given is {lower.min()}")
    if upper is None:
        return lower
    above = np.asarray(upper, np.float64)
    if above.shape != lower.shape:
        raise ModelError(f"upper bounds: expected one a row, got shape {above.shape} for {len(lower)} rows")
    if not (above >= lower).all():
        raise ModelError("upper bounds: expected the life itself, or inf where it is only known to be exceeded")
    return above
