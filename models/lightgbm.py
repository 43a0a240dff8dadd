"""Gradient-boosted trees with LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import ModelError
from .base import Device, Fitted, Float32, ModelInfo, Prediction, Rows
from .shared.boosting import Frame, leaf_rows, positive
from .shared.checks import TABLE_SETS, checked_columns
from .shared.contributions import Contributions, unframed
from .shared.early_stopping import fit_in_rounds
from .shared.lightgbm_dataset import DATASET, training_dataset, validation_dataset
from .shared.lightgbm_device import Place, place_for
from .shared.space import Knob

if TYPE_CHECKING:
    from pathlib import Path

FILE = "model.txt"


@dataclass(frozen=True, eq=False)
class FittedLightGBM:
    """A booster and what its file does not hold; ``device`` is where it was fitted, ``gpu`` being OpenCL."""

    booster: Any
    frame: Frame
    threads: int = 0
    device: Place = "cpu"

    @property
    def rounds(self) -> int:
        """Trees in the booster."""
        return int(self.booster.current_iteration())

    def predict(self, rows: Rows) -> Prediction:
        """In batches; ModelError where the columns are not those of training."""
        checked_columns(rows, self.frame.columns)
        parts = [self.booster.predict(block, num_threads=self.threads) for block in rows.batches()]
        return Prediction(self.frame.original(np.concatenate([np.zeros(0), *parts])))

    def contributions(self, rows: Rows) -> Contributions:
        """Exact TreeSHAP of the library, in batches, float64[n, p]."""
        checked_columns(rows, self.frame.columns)
        parts = [self.booster.predict(block, pred_contrib=True, num_threads=self.threads) for block in rows.batches()]
        return unframed(self.frame, np.concatenate([np.zeros((0, len(self.frame.columns) + 1)), *parts]))

    def save(self, folder: Path) -> None:
        """Write ``model.txt`` (LightGBM's own format) and ``model.json``."""
        self.frame.save(folder)
        self.booster.save_model(folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> FittedLightGBM:
        """What ``save`` wrote; ModelError names the file that cannot be read."""
        import lightgbm

        frame = Frame.load(folder)
        path = folder / FILE
        try:
            return cls(lightgbm.Booster(model_str=path.read_text(encoding="utf-8")), frame)
        except (OSError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise ModelError(f"{path}: expected a saved LightGBM model, got: {error}") from error


@dataclass(frozen=True)
class LightGBM:
    """Settings of LightGBM, from the tuned regression defaults of pytabkit (LGBM_TD_REG).

    Two things differ, for rows that share volumes and for a fit on every target of every fold: leaves
    hold at least half the rows of a mean volume; steps are twice as large, trees have 31 leaves
    instead of 100 and patience is 25 rounds instead of 300, which halves the cost for little.
    The published wheels know no CUDA: see ``lightgbm_device`` for where a fit runs.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="lightgbm",
        label="LightGBM",
        kind="booster",
        meaning="gradient-boosted trees grown leaf by leaf, one model a target",
        feature_sets=TABLE_SETS,
        validates=True,
        devices=("cpu", "cuda"),
        reference="Ke et al. 2017, Advances in Neural Information Processing Systems 30; defaults: Holzmüller et al. 2024, arXiv:2407.04491",
    )
    fitted: ClassVar[type[Fitted]] = FittedLightGBM
    space: ClassVar[tuple[Knob, ...]] = (
        Knob("learning_rate", 0.02, 0.3, log=True),
        Knob("num_leaves", 7, 127, log=True, whole=True),
        Knob("leaf_share", 0.05, 2.0, log=True),
        Knob("subsample", 0.5, 1.0),
    )

    rounds: int = 1000
    """Most rounds of boosting."""
    rounds_unvalidated: int = 300
    """Rounds where no validation part is given to stop on."""
    patience: int = 25
    """Rounds without improvement on the validation part before training stops."""
    learning_rate: float = 0.1
    num_leaves: int = 31
    min_leaf: int = 3
    """Fewest rows in a leaf."""
    leaf_share: float = 0.5
    """A leaf also holds at least this share of the mean number of rows a volume."""
    subsample: float = 0.7
    """Share of the rows that each tree sees."""
    max_bin: int = 255
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
            num_leaves=self.num_leaves - 1,
            min_leaf=self.min_leaf,
            subsample=self.subsample,
            max_bin=self.max_bin - 1,
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
    ) -> FittedLightGBM:
        """Boost on squared error, stop early on ``valid``; ``upper`` is ignored.

        Where CUDA is asked for and the build cannot, the fit runs on the CPU: the log says why, the fitted
        model where.

        Raises ModelError for no columns, for wrong targets and for any error of the library.
        """
        del upper
        job = _Job(self, seed, threads, place_for(device))
        booster, frame = fit_in_rounds(
            job, self, label=self.info.label, train=train, y=y, valid=valid, y_valid=y_valid, weight=weight
        )
        return FittedLightGBM(booster, frame, threads, job.place)


@dataclass(frozen=True)
class _Job:
    """Settings and surroundings of one fit."""

    settings: LightGBM
    seed: int
    threads: int
    place: Place

    def __call__(
        self,
        rows: Rows,
        label: Float32,
        weight: Float32 | None,
        rounds: int,
        stop_on: tuple[Rows, Float32] | None = None,
    ) -> Any:
        """A booster of at most ``rounds`` rounds, cut at its best one where it can be known."""
        import lightgbm

        data = training_dataset(
            rows, max_bin=self.settings.max_bin, threads=self.threads, weight=weight, place=self.place
        )
        data.set_label(label)
        callbacks, valid_sets = [], []
        if stop_on is not None:
            valid = validation_dataset(stop_on[0], reference=data)
            valid.set_label(stop_on[1])
            valid_sets = [valid]
            callbacks = [lightgbm.early_stopping(self.settings.patience, verbose=False)]
        try:
            return lightgbm.train(self._parameters(rows), data, rounds, valid_sets=valid_sets, callbacks=callbacks)
        except lightgbm.basic.LightGBMError as error:
            raise ModelError(f"LightGBM, training: {error}") from error

    @staticmethod
    def rounds_of(booster: Any) -> int:
        """Trees in a booster."""
        return int(booster.current_iteration())

    def _parameters(self, rows: Rows) -> dict[str, Any]:
        settings = self.settings
        return {
            **DATASET,
            "objective": "regression",
            "max_bin": settings.max_bin,
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.num_leaves,
            "min_data_in_leaf": leaf_rows(rows, settings.min_leaf, settings.leaf_share),
            "min_sum_hessian_in_leaf": 1e-7,
            "bagging_fraction": max(settings.subsample, 1 / len(rows)),  # one row at least
            "bagging_freq": 1,
            "seed": self.seed,
            "num_threads": self.threads,
            "device_type": self.place,
        }
