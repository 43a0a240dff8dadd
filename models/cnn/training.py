"""Training one network: batches of volumes with all their rows, early stopping, a bound on time, checkpoints."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...array_types import Float32
from ..base import Device
from .examples import Reader, VolumeBatches
from .network import Weights
from .state import State, Store
from .trainable import TrainableNetwork
from .voxels import turned

WARM_UP = 10
"""Steps over which the learning rate rises from zero."""
LONGEST_STEP = 1.0
"""Norm to which the gradient of a step is cut."""


@dataclass(frozen=True)
class Plan:
    """The constant settings of a training."""

    network: TrainableNetwork
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    patience: int
    seconds: float | None
    through: bool
    seed: int
    device: Device


@dataclass(frozen=True, eq=False)
class NetworkData:
    """Data of a training: rows, the part to stop early on, their voxels, and the weight of each target."""

    train_on: VolumeBatches
    stop_on: VolumeBatches | None
    reader: Reader
    target_weight: Float32


def train(plan: Plan, lesson: NetworkData, store: Store) -> State:
    """A trained network: the weights of the epoch with the least error on ``stop_on``, of the last one without it.

    Goes on from the checkpoint in ``store`` where there is one. What is random in an epoch follows
    from the seed and the number of the epoch, so a training that was interrupted ends in the same
    bits. ``plan.seconds`` bounds it: after each epoch the number of epochs is cut to what fits, the
    learning rate falling to zero by then, and past the bound nothing further is begun.
    """
    state = store.read(plan) or State.fresh(plan, _first(plan, lesson))
    run = _Run(plan, lesson)
    while not state.finished:
        clock = _Clock(state.seconds)
        whole = run.epoch(state, clock)
        loss = -float(state.epoch) if lesson.stop_on is None else run.loss(state.weights, lesson.stop_on)
        state.close_epoch(loss, clock.used, plan, whole=whole)
        store.write(state)
    return state


class _Clock:
    """Seconds of training so far, those before an interruption among them."""

    def __init__(self, before: float) -> None:
        self._began = time.perf_counter() - before

    @property
    def used(self) -> float:
        return time.perf_counter() - self._began


@dataclass(frozen=True, eq=False)
class _Run:
    plan: Plan
    lesson: NetworkData

    def epoch(self, state: State, clock: _Clock) -> bool:
        """Every training volume once; False where time ran out before its end."""
        import torch

        plan, lesson = self.plan, self.lesson
        rng = np.random.default_rng([plan.seed, state.epoch])
        batches = math.ceil(len(lesson.train_on.volumes) / plan.batch)
        for number, (volumes, rows, own) in enumerate(lesson.train_on.batches(plan.batch, rng)):
            if plan.seconds is not None and clock.used > plan.seconds:
                return False
            progress = (state.epoch + number / batches) / state.planned
            rate = plan.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
            for group in state.optimiser.param_groups:
                group["lr"] = rate * min(1.0, (state.steps + 1) / WARM_UP)
            voxels = turned(lesson.reader(volumes), rng, through=plan.through)
            table, y, weight = lesson.train_on.part(rows, plan.device)
            places = torch.from_numpy(own).to(plan.device)
            output = plan.network.outputs(state.weights, voxels, places, table, step=_step_seed(plan, state))
            state.optimiser.zero_grad()
            self._error(output, y, weight).backward()
            torch.nn.utils.clip_grad_norm_(state.learned, LONGEST_STEP)
            state.optimiser.step()
            state.steps += 1
        return True

    def loss(self, weights: Weights, part: VolumeBatches) -> float:
        """The error on a part, without training on it."""
        import torch

        outputs, rows_of = [], []
        with torch.no_grad():
            for volumes, rows, own in part.batches(self.plan.batch):
                table, _, _ = part.part(rows, self.plan.device)
                places, voxels = torch.from_numpy(own).to(self.plan.device), self.lesson.reader(volumes)
                outputs.append(self.plan.network.outputs(weights, voxels, places, table, step=None))
                rows_of.append(rows)
            _, y, weight = part.part(np.concatenate(rows_of), self.plan.device)
            return float(self._error(torch.cat(outputs), y, weight))

    def _error(self, output: Any, y: Any, weight: Any) -> Any:
        """Mean squared error of each target over the rows that know it, averaged by the targets' weights."""
        import torch

        known = torch.isfinite(y)
        share = known * weight[:, None]
        squares = share * (output - torch.nan_to_num(y)) ** 2
        total = share.sum(dim=0)
        error = squares.sum(dim=0) / total.clamp_min(torch.finfo(torch.float32).tiny)
        matter = torch.from_numpy(self.lesson.target_weight).to(output.device) * (total > 0)
        return (matter * error).sum() / matter.sum().clamp_min(torch.finfo(torch.float32).tiny)


def _first(plan: Plan, lesson: NetworkData) -> Weights:
    return plan.network.start(plan.seed, plan.device, lesson.reader, lesson.train_on.volumes, plan.batch)


def _step_seed(plan: Plan, state: State) -> int:
    """A seed of one step that depends on the plan's seed and the number of the step alone."""
    return int(np.random.SeedSequence([plan.seed, state.steps]).generate_state(1)[0])
