"""Gradient-boosted trees with XGBoost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .base import Device, Fitted, Float32, ModelInfo, Prediction, Rows
from .shared.boosting import Frame, leaf_rows, positive
from .shared.checks import TABLE_SETS, checked_columns
from .shared.contributions import Contributions, unframed
from .shared.early_stopping import fit_in_rounds
from .shared.space import Knob
from .shared.xgboost_cluster import train_over_cluster
from .shared.xgboost_native import check_device, load_booster, save_booster, strict, training_matrix, validation_matrix

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class FittedXGBoost:
    """A booster and what its file does not hold; ``device`` is where it was fitted."""

    booster: Any
    frame: Frame
    device: Device = "cpu"

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return int(self.booster.num_boosted_rounds())

    def predict(self, rows: Rows) -> Prediction:
        """In batches; ModelError where the columns are not those of training."""
        import xgboost

        checked_columns(rows, self.frame.columns)
        with strict("predicting"):
            parts = [self.booster.predict(xgboost.DMatrix(block)) for block in rows.batches()]
        return Prediction(self.frame.original(np.concatenate([np.zeros(0, np.float32), *parts])))

    def contributions(self, rows: Rows) -> Contributions:
        """Exact TreeSHAP of the library, in batches, float64[n, p]."""
        import xgboost

        checked_columns(rows, self.frame.columns)
        with strict("explaining"):
            parts = [self.booster.predict(xgboost.DMatrix(block), pred_contribs=True) for block in rows.batches()]
        return unframed(self.frame, np.concatenate([np.zeros((0, len(self.frame.columns) + 1)), *parts]))

    def save(self, folder: Path) -> None:
        """Write ``model.ubj`` (XGBoost's own format) and ``model.json``."""
        save_booster(self.booster, self.frame, folder)

    @classmethod
    def load(cls, folder: Path) -> FittedXGBoost:
        """What ``save`` wrote; ModelError names the file that cannot be read."""
        return cls(*load_booster(folder))


@dataclass(frozen=True)
class XGBoost:
    """Settings of XGBoost, from the tuned regression defaults of pytabkit (XGB_TD_REG).

    Three things differ, for rows that share volumes and for a fit on every target of every fold:
    leaves hold at least half the rows of a mean volume; steps are twice as large, depth is 6 instead
    of 9 and patience 25 rounds instead of 300, which on simulated crossings scored the same on
    unseen volumes and designs at a quarter of the cost; and below 5,000 rows 64 bins a column serve
    as well as 256 in a fifth of the time.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="xgboost",
        label="XGBoost",
        kind="booster",
        meaning="gradient-boosted trees, one model a target",
        feature_sets=TABLE_SETS,
        validates=True,
        devices=("cpu", "cuda"),
        reference="Chen & Guestrin 2016, doi:10.1145/2939672.2939785; defaults: Holzmüller et al. 2024, arXiv:2407.04491",
    )
    fitted: ClassVar[type[Fitted]] = FittedXGBoost
    objective: ClassVar[Mapping[str, Any]] = {"objective": "reg:squarederror"}
    space: ClassVar[tuple[Knob, ...]] = (
        Knob("learning_rate", 0.02, 0.3, log=True),
        Knob("max_depth", 3, 9, whole=True),
        Knob("leaf_share", 0.05, 2.0, log=True),
        Knob("subsample", 0.5, 1.0),
        Knob("reg_lambda", 0.0, 10.0),
    )

    rounds: int = 1000
    """Most rounds of boosting."""
    rounds_unvalidated: int = 300
    """Rounds where no validation part is given to stop on."""
    patience: int = 25
    """Rounds without improvement on the validation part before training stops."""
    learning_rate: float = 0.1
    max_depth: int = 6
    min_leaf: int = 2
    """Fewest rows in a leaf (weights of mean 1)."""
    leaf_share: float = 0.5
    """A leaf also holds at least this share of the mean number of rows a volume."""
    subsample: float = 0.7
    """Share of the rows that each tree sees."""
    reg_lambda: float = 0.0
    max_bin: int | None = None
    """Bins a column; None: 64 below 5,000 rows, else 256."""
    distributed: bool = False
    """Train each booster over all workers of ``--engine dask``, where the rows of one do not fit one machine."""
    refit: bool = True
    """Fit again on training and validation rows with the number of rounds found.

    Models that need no validation part keep all rows of a fold; without the second fit a booster
    would be compared on a fifth fewer groups than they are.
    """

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
        )

    def fit(
        self,
        train: Rows,
        y: Float32,
        valid: Rows | None = None,
        y_valid: Float32 | None = None,
        *,
        upper: Float32 | None = None,
        weight: Float32 | None = None,
        seed: int = 0,
        threads: int = 1,
        device: Device = "cpu",
    ) -> Fitted:
        """Boost on the objective, stop early on ``valid``; ``upper`` is ignored.

        Raises ModelError for no columns, for wrong targets and for any warning of the library,
        DeviceError where CUDA was asked for and not used.
        """
        del upper
        job = _Job(self, seed, threads, device)
        booster, frame = fit_in_rounds(
            job, self, label=self.info.label, train=train, y=y, valid=valid, y_valid=y_valid, weight=weight
        )
        return self.fitted_as(booster, frame, device)

    @staticmethod
    def fitted_as(booster: Any, frame: Frame, device: Device) -> Fitted:
        """What predicts with a booster."""
        return FittedXGBoost(booster, frame, device)


@dataclass(frozen=True)
class _Job:
    """Settings and surroundings of one fit."""

    settings: XGBoost
    seed: int
    threads: int
    device: Device

    def __call__(
        self,
        rows: Rows,
        label: Float32,
        weight: Float32 | None,
        rounds: int,
        stop_on: tuple[Rows, Float32] | None = None,
    ) -> Any:
        """A booster of at most ``rounds`` rounds, cut at its best one where it can be known."""
        import xgboost

        max_bin = self.settings.max_bin or (_FEW_BINS if len(rows) < _FEW_ROWS else _BINS)
        if self.settings.distributed:
            booster = train_over_cluster(
                self._parameters(rows, max_bin),
                rows,
                label,
                weight,
                rounds,
                stop_on=stop_on,
                patience=self.settings.patience,
            )
            check_device(booster, self.device)
            booster.set_param({"device": "cpu"})
            return booster
        matrix = training_matrix(rows, max_bin=max_bin, threads=self.threads, weight=weight)
        matrix.set_label(label)
        callbacks, evals = [], []
        if stop_on is not None:
            valid = validation_matrix(stop_on[0], reference=matrix, max_bin=max_bin, threads=self.threads)
            valid.set_label(stop_on[1])
            evals = [(valid, "valid")]
            callbacks = [xgboost.callback.EarlyStopping(rounds=self.settings.patience, save_best=True)]
        with strict("training"):
            booster = xgboost.train(
                self._parameters(rows, max_bin), matrix, rounds, evals=evals, callbacks=callbacks, verbose_eval=False
            )
            check_device(booster, self.device)
            booster.set_param({"device": "cpu"})  # so that it predicts the same after loading
        return booster

    @staticmethod
    def rounds_of(booster: Any) -> int:
        """Trees in a booster."""
        return int(booster.num_boosted_rounds())

    def _parameters(self, rows: Rows, max_bin: int) -> dict[str, Any]:
        settings = self.settings
        return {
            **settings.objective,
            "tree_method": "hist",
            "device": self.device,
            "eta": settings.learning_rate,
            "max_depth": settings.max_depth,
            "min_child_weight": leaf_rows(rows, settings.min_leaf, settings.leaf_share),
            "subsample": settings.subsample,
            "reg_lambda": settings.reg_lambda,
            "max_bin": max_bin,
            "seed": self.seed,
            "nthread": self.threads,
        }


_FEW_ROWS, _FEW_BINS, _BINS = 5_000, 64, 256
