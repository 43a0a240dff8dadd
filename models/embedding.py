"""Boosters on the network's embedding of each volume, beside the scalars.

The encoder is trained on the training part of the fold alone, and only then are the
volumes embedded; no test volume has any part in it. Of the training volumes the embedding knows the
targets already, of the validation volumes it does not, so the boosters stop early on honest ones and are then
fitted again on all rows of the fold. The encoder itself is not: the boosters could not tell what it had only remembered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..errors import ModelError
from .base import Columns, Device, FitContext, Fitted, ModelInfo, Prediction, Rows, TrainingData
from .cnn import CNN
from .cnn.fitted import FittedCNN, with_voxels
from .lightgbm_plain import FittedLightGBM, LightGBMPlain
from .shared.checks import checked_targets, checked_weight
from .shared.fit_reports import TruncatedFit
from .xgboost_plain import FittedXGBoost, XGBoostPlain

META, ENCODER = "model.json", "encoder"


@dataclass(frozen=True, eq=False)
class FittedEmbedding:
    """An encoder and a booster for each target; ``single``: fitted on one, it answers with float32[n]."""

    booster: ClassVar[type[Fitted]]

    encoder: FittedCNN
    boosters: tuple[Fitted, ...]
    single: bool

    @property
    def truncated(self) -> TruncatedFit | None:
        """Progress of the encoder's training where a time limit ended it."""
        return self.encoder.truncated

    @property
    def course(self) -> tuple[tuple[float, float], ...]:
        """Score of the encoder on its validation part over the seconds of its training."""
        return self.encoder.course

    @property
    def device(self) -> Device:
        """Device that the encoder was trained on."""
        return self.encoder.device

    def predict(self, rows: Rows) -> Prediction:
        """Each target by its booster; ModelError for rows without voxels or of other columns."""
        (embedded,) = with_embedding(self.encoder, rows)
        y = np.stack([booster.predict(embedded).y for booster in self.boosters], axis=1)
        return Prediction(y[:, 0] if self.single else y)

    def save(self, folder: Path) -> None:
        """Write ``encoder/``, ``target0/`` and so on, each as its own model does, and ``model.json``."""
        self.encoder.save(folder / ENCODER)
        for number, booster in enumerate(self.boosters):
            booster.save(folder / f"target{number}")
        values = {"targets": len(self.boosters), "single": self.single}
        (folder / META).write_text(json.dumps(values), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> FittedEmbedding:
        """Load a model written by ``save``; ModelError names the file that cannot be read."""
        path = folder / META
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            targets, single = range(int(values["targets"])), bool(values["single"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: expected the number of targets of a model, got: {error!r}") from error
        boosters = tuple(cls.booster.load(folder / f"target{number}") for number in targets)
        return cls(FittedCNN.load(folder / ENCODER), boosters, single)


class FittedEmbeddingXGBoost(FittedEmbedding):
    """With XGBoost's boosters."""

    booster = FittedXGBoost


class FittedEmbeddingLightGBM(FittedEmbedding):
    """With LightGBM's boosters."""

    booster = FittedLightGBM


def with_embedding(encoder: FittedCNN, *parts: Rows) -> list[Rows]:
    """Parts of the same rows whose descriptors are followed by the embedding; NaN for volumes of none of them.

    The parts share one table, so that they can be appended to one another.
    """
    first = parts[0]
    volumes = np.unique(np.concatenate([part.volume for part in parts]))
    table = np.full((len(first.descriptors), encoder.units), np.nan, np.float32)
    if len(volumes):
        table[volumes] = encoder.embeddings(with_voxels(first), volumes)
    names = tuple(f"embedding_{number:02d}" for number in range(encoder.units))
    of_rows = first.columns
    columns = Columns((*of_rows.descriptors, *names), of_rows.designs, of_rows.joined, categories=of_rows.categories)
    descriptors = np.concatenate([first.descriptors, table], axis=1)
    return [replace(part, descriptors=descriptors, columns=columns, volumes=None, _prepared={}) for part in parts]


@dataclass(frozen=True)
class _Embedding:
    """Settings of the encoder; those of the booster are its defaults."""

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[FittedEmbedding]]
    booster: ClassVar[type[XGBoostPlain | LightGBMPlain]]

    width: int = 16
    """Channels of the first stage."""
    epochs: int = 80
    """Most passes of the encoder over its rows."""
    patience: int = 15
    """Epochs without improvement on the validation part before the encoder stops."""
    batch: int = 8
    """Volumes a step."""
    learning_rate: float = 2e-3
    """Greatest step of the optimiser."""
    downsample: int = 2
    """Voxels along each edge that are averaged into one."""
    seconds: float | None = None
    """Bound on the training of the encoder; None: none."""

    def __post_init__(self) -> None:
        self._encoder()

    def _encoder(self) -> CNN:
        return CNN(
            width=self.width,
            members=1,
            epochs=self.epochs,
            patience=self.patience,
            batch=self.batch,
            learning_rate=self.learning_rate,
            downsample=self.downsample,
            seconds=self.seconds,
            refit=False,
        )

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedEmbedding:
        """Train the encoder on all targets at once, then a booster on each, with the rows that know it."""
        targets, share = checked_targets(train), checked_weight(train.rows, train.weight).astype(np.float32)
        encoder = self._encoder().fit(train, valid, context)
        parts = [part for part in (valid, context.rest) if part is not None]
        rows, *embedded = with_embedding(encoder, train.rows, *(part.rows for part in parts))
        others = [
            TrainingData(own, checked_targets(part).astype(np.float32))
            for own, part in zip(embedded, parts, strict=True)
        ]
        held = others[0] if valid is not None else None
        rest = others[-1] if context.rest is not None else None
        boosters = []
        for number in range(targets.shape[1]):
            known = np.isfinite(targets[:, number])
            own = TrainingData(
                rows.take(known),
                targets[known, number].astype(np.float32),
                weight=None if train.weight is None else share[known],
            )
            place = FitContext(context.seed, context.threads, rest=_known(rest, number))
            boosters.append(self.booster().fit(own, _known(held, number), place))
        return self.fitted(encoder, tuple(boosters), single=train.y.ndim == 1)


def _known(held: TrainingData | None, number: int) -> TrainingData | None:
    """The rows of a part that know a target, with its values alone."""
    if held is None:
        return None
    known = np.isfinite(held.y[:, number])
    return TrainingData(held.rows.take(known), held.y[known, number]) if known.any() else None


def _info(name: str, label: str, reference: str) -> ModelInfo:
    return ModelInfo(
        name=name,
        label=label,
        kind="network",
        meaning="gradient-boosted trees on the network's embedding of the volume and the scalars",
        feature_sets=("embedding+scalars",),
        early_stopping_rows=True,
        extra="cnn",
        reference=reference,
        default=False,
        devices=("cpu", "cuda"),
        multi_target=True,
        checkpointable=True,
    )


@dataclass(frozen=True)
class EmbeddingXGBoost(_Embedding):
    """XGBoost on the embedding."""

    info: ClassVar[ModelInfo] = _info(
        "embedding-xgboost", "embedding + XGBoost", "Chen & Guestrin 2016, doi:10.1145/2939672.2939785"
    )
    fitted: ClassVar[type[FittedEmbedding]] = FittedEmbeddingXGBoost
    booster = XGBoostPlain


@dataclass(frozen=True)
class EmbeddingLightGBM(_Embedding):
    """LightGBM on the embedding."""

    info: ClassVar[ModelInfo] = _info("embedding-lightgbm", "embedding + LightGBM", "Ke et al. 2017, NeurIPS 30")
    fitted: ClassVar[type[FittedEmbedding]] = FittedEmbeddingLightGBM
    booster = LightGBMPlain
