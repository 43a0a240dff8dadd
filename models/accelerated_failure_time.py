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
from .shared.boosting import Frame, leaf_rows, positive
from .shared.checks import TABLE_SETS, checked_columns, checked_target, checked_weight, some_columns
from .shared.refit_rows import joined_weight, together
from .shared.xgboost_native import check_device, load_booster, save_booster, strict, training_matrix, validation_matrix

if TYPE_CHECKING:
    from pathlib import Path

    from .shared.checks import Float64

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
        validates=True,
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
    """Base of the variants.

    Boosting stops where the likelihood of the validation part's bounds stops improving; then all rows
    are fitted again with that number of rounds, as the other boosters do.
    """

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]] = FittedAFT

    rounds: int = 1000
    """Most rounds of boosting."""
    rounds_unvalidated: int = 200
    """Rounds where no validation part is given to stop on."""
    patience: int = 25
    """Rounds without improvement on the validation part before training stops."""
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
    refit: bool = True
    """Fit again on training and validation rows with the number of rounds found."""

    def __post_init__(self) -> None:
        positive(
            self.info.name,
            rounds=self.rounds,
            rounds_unvalidated=self.rounds_unvalidated,
            patience=self.patience,
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
        valid: Rows | None = None,
        y_valid: Float32 | None = None,
        *,
        upper: Float32 | None = None,
        upper_valid: Float32 | None = None,
        weight: Float32 | None = None,
        seed: int = 0,
        threads: int = 1,
        device: Device = "cpu",
    ) -> FittedAFT:
        """Fit lives in [y, upper], ``upper`` = y where the life is known (all of them where None).

        ``y`` is on the raw scale. Raises ModelError for lives that are not positive and for bounds
        below them, DeviceError where CUDA was asked for and not used.
        """
        some_columns(train, self.info.label)
        job = _Job(self, seed, threads, device)
        lives = _Lives.of(train, y, upper)
        if valid is None or y_valid is None:
            return job(lives, weight, self.rounds_unvalidated)
        stop_on = _Lives.of(valid, y_valid, upper_valid, "validation rows")
        found = job(lives, weight, self.rounds, stop_on)
        if not self.refit:
            return found
        return job(lives.with_(stop_on), joined_weight(valid, weight), found.rounds)


@dataclass(frozen=True, eq=False)
class _Lives:
    """Rows and the bounds between which their lives lie, float64[n] each."""

    rows: Rows
    lower: Float64
    upper: Float64

    @classmethod
    def of(cls, rows: Rows, y: Float32, upper: Float32 | None, what: str = "training rows") -> _Lives:
        """Checked bounds; ModelError where they make no sense."""
        lower = checked_target(rows, y, what)
        return cls(rows, lower, _checked_upper(lower, upper))

    def with_(self, other: _Lives) -> _Lives:
        """These lives, then the other ones."""
        both = (np.concatenate(pair) for pair in ((self.lower, other.lower), (self.upper, other.upper)))
        return _Lives(together(self.rows, other.rows), *both)

    def label(self, matrix: Any, frame: Frame) -> None:
        """Tell a matrix of these rows the bounds on the standardised scale."""
        low, high = (np.exp(frame.standard(np.log(bound))) for bound in (self.lower, self.upper))
        matrix.set_info(label_lower_bound=low, label_upper_bound=high)


@dataclass(frozen=True)
class _Job:
    """Settings and surroundings of one fit."""

    settings: AFT
    seed: int
    threads: int
    device: Device

    def __call__(self, lives: _Lives, weight: Float32 | None, rounds: int, stop_on: _Lives | None = None) -> FittedAFT:
        """At most ``rounds`` rounds, cut at the best one where it can be known."""
        import xgboost

        rows = lives.rows
        frame = Frame.of(rows.columns.names, np.log(lives.lower), checked_weight(rows, weight))
        matrix = training_matrix(rows, max_bin=MAX_BIN, threads=self.threads, weight=weight)
        evals, callbacks = [], []
        with strict("training"):
            lives.label(matrix, frame)
            if stop_on is not None:
                held = validation_matrix(stop_on.rows, reference=matrix, max_bin=MAX_BIN, threads=self.threads)
                stop_on.label(held, frame)
                evals = [(held, "valid")]
                callbacks = [xgboost.callback.EarlyStopping(rounds=self.settings.patience, save_best=True)]
            booster = xgboost.train(
                self._parameters(rows), matrix, rounds, evals=evals, callbacks=callbacks, verbose_eval=False
            )
            check_device(booster, self.device)
            booster.set_param({"device": "cpu"})  # so that it predicts the same after loading
        return FittedAFT(booster, frame, self.device)

    def _parameters(self, rows: Rows) -> dict[str, Any]:
        settings = self.settings
        return {
            "objective": "survival:aft",
            "aft_loss_distribution": "normal",
            "aft_loss_distribution_scale": settings.noise,
            "base_score": 1.0,  # margin 0: the standardised mean
            "tree_method": "hist",
            "device": self.device,
            "eta": settings.learning_rate,
            "max_depth": settings.max_depth,
            # a row seen to its end has the second derivative 1 / sigma^2
            "min_child_weight": leaf_rows(rows, settings.min_leaf, settings.leaf_share) / settings.noise**2,
            "subsample": settings.subsample,
            "reg_lambda": 0.0,
            "max_bin": MAX_BIN,
            "seed": self.seed,
            "nthread": self.threads,
        }


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
