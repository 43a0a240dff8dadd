"""A small 3D convolutional network that looks at the voxels themselves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from ...array_types import Float64
from ...errors import MissingExtraError
from ..base import Checkpoints, FitContext, ModelInfo, Rows, TrainingData
from ..shared.boosting import check_positive
from ..shared.checks import checked_columns, checked_targets, checked_weight
from ..shared.fit_reports import TruncatedFit
from ..shared.refit_rows import concatenated
from .examples import VolumeBatches
from .fitted import FittedCNN, Setup, with_voxels
from .network import Architecture
from .scales import Scales, checked_target_weight
from .state import State, Store
from .surroundings import placed, surroundings
from .table import LateFusionTable, late_table
from .trainable import EncoderNetwork, TrainableNetwork
from .training import NetworkData, Plan, train
from .voxels import read


@dataclass(frozen=True)
class CNN:
    """Settings of the network: a residual encoder of about a million weights, all targets learned at once.

    A batch is some volumes with all their rows, so that each volume is encoded once a batch. One network finds
    by early stopping how many passes are enough; the members of the ensemble, which differ by their seed, then make as
    many over the whole training fold. ``docs/cnn.md`` says what is augmented and why.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="cnn",
        label="3D-CNN",
        kind="network",
        meaning="residual 3D convolutional network on the voxels, scalars joined late, all targets at once",
        feature_sets=("volume+scalars",),
        early_stopping_rows=True,
        extra="cnn",
        reference="He et al. 2016, doi:10.1109/CVPR.2016.90; Lakshminarayanan et al. 2017, arXiv:1612.01474",
        default=False,
        devices=("cpu", "cuda"),
        multi_target=True,
        checkpointable=True,
    )
    fitted: ClassVar[type[FittedCNN]] = FittedCNN

    width: int = 16
    """Channels of the first stage; 16 make about a million weights."""
    members: int = 3
    """Networks of the ensemble; with more than one it has bounds of its own."""
    epochs: int = 80
    """Most passes over the training volumes."""
    patience: int = 15
    """Epochs without improvement on the validation part before training stops."""
    batch: int = 8
    """Volumes a batch."""
    learning_rate: float = 2e-3
    """Greatest step of the optimiser."""
    weight_decay: float = 1e-2
    """Decay of the weights a step, as AdamW has it."""
    downsample: int = 2
    """Edge of the cubes of voxels that are averaged first; their mean keeps the porosity."""
    seconds: float | None = None
    """Bound on the time of one fit, all networks together; None: none. A fit that it ends says so."""
    refit: bool = True
    """Fit again on the whole training fold with the number of passes found; else every member stops early by itself."""

    def __post_init__(self) -> None:
        check_positive(
            self.info.name,
            width=self.width,
            members=self.members,
            epochs=self.epochs,
            patience=self.patience,
            batch=self.batch,
            learning_rate=self.learning_rate,
            downsample=self.downsample,
            seconds=1.0 if self.seconds is None else self.seconds,
        )
        for package in ("torch", "safetensors"):
            if find_spec(package) is None:
                raise MissingExtraError(package, "cnn", f"the model {self.info.label}")

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> FittedCNN:
        """Learn one target or all at once, each standardised, NaN where unknown.

        ModelError for wrong targets or weights and for rows without voxels, DeviceError where CUDA
        was asked for and does not answer.
        """
        context = placed(context)
        if valid is None or not self.refit:
            return self._trained(train, valid, context)[0]
        search = replace(self, members=1, seconds=None if self.seconds is None else self.seconds / (1 + self.members))
        stopped, (state,) = search._trained(train, valid, context)  # noqa: SLF001  the same class
        left = None if self.seconds is None else self.seconds - min(state.seconds, search.seconds or 0.0)
        whole = replace(self, epochs=max(1, state.best_epoch), seconds=left)
        fitted, _ = whole._trained(concatenated(train, valid, context.rest), None, context)  # noqa: SLF001  the same class
        # The members have seen every row, so the spread of residuals is that of the network that had not.
        residual = stopped.with_residuals(valid.rows, checked_targets(valid, "validation rows")).residual
        return replace(
            fitted, residual=residual, truncated=stopped.truncated or fitted.truncated, course=stopped.course
        )

    def _trained(
        self, train: TrainingData, valid: TrainingData | None, context: FitContext
    ) -> tuple[FittedCNN, list[State]]:
        """The members, each stopped early by ``valid`` where there is one, and the states in which their trainings ended."""
        y = checked_targets(train)
        held = None if valid is None else (valid.rows, checked_targets(valid, "validation rows"))
        rows, voxels = train.rows, with_voxels(train.rows)
        share = checked_weight(rows, train.weight)
        late, scales = late_table(rows, share), Scales.of(y, share)
        stop_on = None
        if held is not None:
            checked_columns(held[0], late.columns)
            stop_on = _examples(*held, late, scales, np.ones(len(held[0])))
        lesson = NetworkData(
            train_on=_examples(rows, y, late, scales, share),
            stop_on=stop_on,
            reader=partial(read, voxels, downsample=self.downsample, device=context.device),
            target_weight=checked_target_weight(train.target_weight, y.shape[1]),
        )
        plan = Plan(
            network=self._network(late.width, y.shape[1], voxels.shape),
            epochs=self.epochs,
            batch=self.batch,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            patience=self.patience,
            seconds=self.seconds,
            through=bool((rows.design < 0).all()),
            seed=context.seed,
            device=context.device,
        )
        with surroundings(context.device, context.threads):
            states = self._ensemble(plan, lesson, context.checkpoints)
        fitted = self.fitted(
            self._setup(voxels.shape, single=train.y.ndim == 1),
            late,
            scales,
            np.full(y.shape[1], np.nan),
            tuple(state.best for state in states),
            _truncated(states, self.epochs),
            context.device,
            # The error is relative to the spread of training, so what it leaves of 1 is a share explained.
            () if held is None else tuple((seconds, 1.0 - loss) for seconds, loss in states[0].course),
        )
        return fitted.with_residuals(*(held or (rows, y))) if self.members > 1 else fitted, states

    def _network(self, columns: int, targets: int, _shape: tuple[int, int, int]) -> TrainableNetwork:
        """The network to train; another one is a subclass's."""
        return EncoderNetwork(Architecture(self.width, columns, targets))

    def _setup(self, _shape: tuple[int, int, int], *, single: bool) -> Setup:
        return Setup(self.width, self.downsample, self.batch, single)

    def _ensemble(self, plan: Plan, lesson: NetworkData, checkpoints: Checkpoints | None) -> list[State]:
        """One training a member, each with its share of the time that is left."""
        key = _digest(self, plan.seed, lesson.train_on, lesson.stop_on, lesson.target_weight)
        states: list[State] = []
        for member in range(self.members):
            seconds = plan.seconds
            if seconds is not None:
                used = sum(state.seconds for state in states)
                seconds = max(seconds - used, 0.0) / (self.members - member)
            own = replace(plan, seconds=seconds, seed=_member_seed(plan.seed, member))
            states.append(train(own, lesson, Store(checkpoints, f"{key}-{member}")))
        return states


def _examples(rows: Rows, y: Float64, late: LateFusionTable, scales: Scales, weight: Float64) -> VolumeBatches:
    return VolumeBatches.of(rows.volume, late.of(rows), scales.standard(y), weight.astype(np.float32))


def _truncated(states: list[State], epochs: int) -> TruncatedFit | None:
    late = [state.epoch for state in states if state.out_of_time]
    return TruncatedFit("epochs", min(late), epochs) if late else None


def _member_seed(seed: int, member: int) -> int:
    return int(np.random.SeedSequence([seed, member]).generate_state(1)[0])


def _digest(settings: CNN, seed: int, *parts: Any) -> str:
    """Digest of all that a fit depends on besides the voxels, which are those of the run."""
    state = hashlib.sha256(json.dumps([settings.info.name, asdict(settings), seed]).encode())
    for part in parts:
        arrays = vars(part).values() if isinstance(part, VolumeBatches) else [np.zeros(0) if part is None else part]
        for array in arrays:
            state.update(f"{array.dtype}{array.shape}".encode())
            state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()[:32]
