"""A small 3D convolutional network that looks at the voxels themselves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from ...errors import MissingExtraError
from ..base import Checkpoints, Device, Fitted, Float32, ModelInfo, Rows, Shortened
from ..shared.boosting import positive
from ..shared.checks import Float64, checked_columns, checked_target, checked_weight
from .examples import Examples
from .fitted import FittedCNN, Setup, with_voxels
from .network import Architecture
from .scales import Scales, checked_target_weight, checked_targets
from .state import State, Store
from .surroundings import surroundings
from .table import LateTable, late_table
from .training import Lesson, Plan, train
from .voxels import read


@dataclass(frozen=True)
class CNN:
    """Settings of the network: a residual encoder of about a million weights, all targets learned at once.

    A batch is some volumes with all their rows, so that each volume is encoded once a batch. Members
    of the ensemble differ by their seed. ``docs/cnn.md`` says what is augmented and why.
    """

    info: ClassVar[ModelInfo] = ModelInfo(
        name="cnn",
        label="3D-CNN",
        kind="network",
        meaning="residual 3D convolutional network on the voxels, scalars joined late, all targets at once",
        feature_sets=("volume+scalars",),
        validates=True,
        extra="cnn",
        reference="He et al. 2016, doi:10.1109/CVPR.2016.90; Lakshminarayanan et al. 2017, arXiv:1612.01474",
        default=False,
        devices=("cpu", "cuda"),
        multi=True,
        resumes=True,
    )
    fitted: ClassVar[type[Fitted]] = FittedCNN

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
    weight_decay: float = 1e-2
    downsample: int = 2
    """Edge of the cubes of voxels that are averaged first; their mean keeps the porosity."""
    seconds: float | None = None
    """Bound on the time of one fit, all members together; None: none. A fit that it ends says so."""

    def __post_init__(self) -> None:
        positive(
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
                raise MissingExtraError(package, "cnn", "the 3D-CNN")

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
    ) -> FittedCNN:
        """Learn one target; ``upper`` is ignored. Raises as ``fit_many`` does."""
        del upper
        target = checked_target(train, y)[:, None]
        held = None
        if valid is not None and y_valid is not None:
            held = (valid, checked_target(valid, y_valid, "validation rows")[:, None])
        fit = _Fit(self, seed=seed, threads=threads, device=device, single=True)
        return fit.run(train, target, held, np.ones(1, np.float32), weight)

    def fit_many(
        self,
        train: Rows,
        y: Float32,
        valid: Rows | None = None,
        y_valid: Float32 | None = None,
        *,
        target_weight: Float32 | None = None,
        weight: Float32 | None = None,
        seed: int = 0,
        threads: int = 1,
        device: Device = "cpu",
        checkpoints: Checkpoints | None = None,
    ) -> FittedCNN:
        """Learn all targets at once, each standardised, NaN where unknown.

        ModelError for wrong targets or weights and for rows without voxels, DeviceError where CUDA
        was asked for and does not answer.
        """
        targets = checked_targets(train, y)
        held = None
        if valid is not None and y_valid is not None:
            held = (valid, checked_targets(valid, y_valid, "validation rows"))
        fit = _Fit(self, seed=seed, threads=threads, device=device, single=False, checkpoints=checkpoints)
        return fit.run(train, targets, held, checked_target_weight(target_weight, targets.shape[1]), weight)


@dataclass(frozen=True)
class _Fit:
    """Settings and surroundings of one fit."""

    settings: CNN
    seed: int
    threads: int
    device: Device
    single: bool
    checkpoints: Checkpoints | None = None

    def run(
        self,
        rows: Rows,
        y: Float64,
        held: tuple[Rows, Float64] | None,
        target_weight: Float32,
        weight: Float32 | None,
    ) -> FittedCNN:
        """Train every member and measure what they leave unexplained."""
        settings, voxels = self.settings, with_voxels(rows)
        share = checked_weight(rows, weight)
        late, scales = late_table(rows, share), Scales.of(y, share)
        train_on, stop_on = _examples(rows, y, late, scales, share), None
        if held is not None:
            checked_columns(held[0], late.columns)
            stop_on = _examples(*held, late, scales, np.ones(len(held[0])))
        reader = partial(read, voxels, downsample=settings.downsample, device=self.device)
        plan = Plan(
            architecture=Architecture(settings.width, late.width, y.shape[1]),
            epochs=settings.epochs,
            batch=settings.batch,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            patience=settings.patience,
            seconds=settings.seconds,
            through=bool((rows.design < 0).all()),
            seed=self.seed,
            device=self.device,
        )
        with surroundings(self.device, self.threads):
            states = self._ensemble(plan, Lesson(train_on, stop_on, reader, target_weight))
        fitted = FittedCNN(
            Setup(settings.width, settings.downsample, settings.batch, self.single),
            late,
            scales,
            np.full(y.shape[1], np.nan),
            tuple(state.best for state in states),
            _shortened(states, settings.epochs),
            self.device,
        )
        return fitted.with_residuals(*(held or (rows, y))) if settings.members > 1 else fitted

    def _ensemble(self, plan: Plan, lesson: Lesson) -> list[State]:
        """One training a member, each with its share of the time that is left."""
        key = _digest(self.settings, self.seed, lesson.train_on, lesson.stop_on, lesson.target_weight)
        states: list[State] = []
        for member in range(self.settings.members):
            seconds = plan.seconds
            if seconds is not None:
                used = sum(state.seconds for state in states)
                seconds = max(seconds - used, 0.0) / (self.settings.members - member)
            own = replace(plan, seconds=seconds, seed=_member_seed(self.seed, member))
            states.append(train(own, lesson, Store(self.checkpoints, f"{key}-{member}")))
        return states


def _examples(rows: Rows, y: Float64, late: LateTable, scales: Scales, weight: Float64) -> Examples:
    return Examples.of(rows.volume, late.of(rows), scales.standard(y), weight.astype(np.float32))


def _shortened(states: list[State], epochs: int) -> Shortened | None:
    late = [state.epoch for state in states if state.out_of_time]
    return Shortened("epochs", min(late), epochs) if late else None


def _member_seed(seed: int, member: int) -> int:
    return int(np.random.SeedSequence([seed, member]).generate_state(1)[0])


def _digest(settings: CNN, seed: int, *parts: Any) -> str:
    """A name for all that a fit depends on, beside the voxels, which are those of the run."""
    state = hashlib.sha256(json.dumps([asdict(settings), seed]).encode())
    for part in parts:
        arrays = vars(part).values() if isinstance(part, Examples) else [np.zeros(0) if part is None else part]
        for array in arrays:
            state.update(f"{array.dtype}{array.shape}".encode())
            state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()[:32]
