"""Accelerated failure time with XGBoost: lives of which some are only known to exceed a bound.

ln life = f(columns) + sigma epsilon, epsilon normal; a row that was not seen to its end adds the
probability of outliving its bound to the likelihood, where squared error would take the bound for
the life. Barnwal, Cho & Hocking 2022, doi:10.1080/10618600.2022.2067548.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from ..errors import ModelError
from .base import Device, Fitted, Float32, ModelInfo, Prediction, Rows
from .boosting import Frame, leaf_rows, positive
from .checks import TABLE_SETS, checked_columns, checked_target, checked_weight, some_columns
from .xgboost_native import check_device, load_booster, save_booster, strict, training_matrix

if TYPE_CHECKING:
    from pathlib import Path

    from .checks import Float64

MAX_BIN = 64


def aft_info(censoring: Literal["capped", "observed"], meaning: str) -> ModelInfo:
    """What the variants have in common; they differ in the rows that count as censored."""
    return ModelInfo(
        name=f"xgboost-aft-{censoring}",
        label=f"XGBoost AFT ({censoring})",
        kind="booster",
        meaning=meaning,
        feature_sets=TABLE_SETS,
        targets=frozenset({"projected_cycle_life"}),
        default=False,
        devices=("cpu", "cuda"),
        censoring=censoring,
        reference="Barnwal, Cho & Hocking 2022, doi:10.1080/10618600.2022.2067548",
    )


@dataclass(frozen=True, eq=False)
class FittedAFT:
    """A booster of standardised ln life, and the scale of that."""

    booster: Any
    frame: Frame
    device: Device = "cpu"

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return int(self.booster.num_boosted_rounds())

    def predict(self, rows: Rows) -> Prediction:
        """Median lives. ModelError where the columns are not those of training."""
        import xgboost

        checked_columns(rows, self.frame.columns)
        with strict("predicting"):
            parts = [self.booster.predict(xgboost.DMatrix(block), output_margin=True) for block in rows.batches()]
        margin = np.concatenate([np.zeros(0), *parts])
        return Prediction(np.exp(self.frame.offset + self.frame.scale * margin).astype(np.float32))

    def save(self, folder: Path) -> None:
        """Write ``model.ubj`` (XGBoost's own format) and ``model.json``."""
        save_booster(self.booster, self.frame, folder)

    @classmethod
    def load(cls, folder: Path) -> FittedAFT:
        """What ``save`` wrote; ModelError names the file that cannot be read."""
        return cls(*load_booster(folder))


@dataclass(frozen=True)
class AFT:
    """Base of the variants. The number of rounds is fixed: the interface gives no bounds to stop on."""

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]] = FittedAFT

    rounds: int = 200
    learning_rate: float = 0.05
    max_depth: int = 6
    min_leaf: int = 3
    """Fewest rows in a leaf that were seen to their end; censored rows tell less, so more of them."""
    leaf_share: float = 0.5
    """A leaf also holds at least this share of the mean number of rows a volume."""
    subsample: float = 0.7
    """Share of the rows that each tree sees."""
    noise: float = 0.5
    """sigma, as a share of the standard deviation of the logarithms given."""

    def __post_init__(self) -> None:
        positive(
            self.info.name,
            rounds=self.rounds,
            learning_rate=self.learning_rate,
            max_depth=self.max_depth,
            min_leaf=self.min_leaf,
            subsample=self.subsample,
            noise=self.noise,
        )

    def fit(
        self,
        train: Rows,
        y: Float32,
        *_: Any,
        upper: Float32 | None = None,
        weight: Float32 | None = None,
        seed: int = 0,
        threads: int = 1,
        device: Device = "cpu",
    ) -> FittedAFT:
        """Fit lives in [y, upper], ``upper`` = y where the life is known (all of them where None).

        ``y`` is on the raw scale. Raises ModelError for lives that are not positive and for bounds
        below them, DeviceError where CUDA was asked for and not used.
        """
        import xgboost

        columns = some_columns(train, self.info.label)
        lower = checked_target(train, y)
        above = _checked_upper(lower, upper)
        frame = Frame.of(columns, np.log(lower), checked_weight(train, weight))
        matrix = training_matrix(train, max_bin=MAX_BIN, threads=threads, weight=weight)
        parameters = {
            "objective": "survival:aft",
            "aft_loss_distribution": "normal",
            "aft_loss_distribution_scale": self.noise,
            "base_score": 1.0,  # margin 0: the standardised mean
            "tree_method": "hist",
            "device": device,
            "eta": self.learning_rate,
            "max_depth": self.max_depth,
            # a row seen to its end has the second derivative 1 / sigma^2
            "min_child_weight": leaf_rows(train, self.min_leaf, self.leaf_share) / self.noise**2,
            "subsample": self.subsample,
            "reg_lambda": 0.0,
            "max_bin": MAX_BIN,
            "seed": seed,
            "nthread": threads,
        }
        with strict("training"):
            matrix.set_info(
                label_lower_bound=np.exp(frame.standard(np.log(lower))),
                label_upper_bound=np.exp(frame.standard(np.log(above))),
            )
            booster = xgboost.train(parameters, matrix, self.rounds, verbose_eval=False)
            check_device(booster, device)
            booster.set_param({"device": "cpu"})  # so that it predicts the same after loading
        return FittedAFT(booster, frame, device)


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
