"""State of a training: weights, optimiser and the best weights so far, as arrays, so that it can be resumed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base import Checkpoints
from .network import Weights

if TYPE_CHECKING:
    from .training import Plan

BETWEEN_WRITES = 15.0
"""Seconds of training that a kill may cost."""
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(eq=False)
class State:
    """Weights by name and how far training has come; ``best`` are those to keep."""

    weights: Weights
    best: dict[str, NDArray[np.float32]]
    optimiser: Any
    planned: int
    """Epochs that are intended; fewer than asked for where time does not suffice."""
    epoch: int = 0
    steps: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    seconds: float = 0.0
    finished: bool = False
    out_of_time: bool = False
    course: list[list[float]] = field(default_factory=list)
    """(seconds, loss) after each epoch."""

    @classmethod
    def fresh(cls, plan: Plan, weights: Weights) -> State:
        """The start of a training."""
        return cls(weights, arrays_of(weights), _optimiser(plan, weights), plan.epochs)

    @property
    def learned(self) -> list[Any]:
        """The tensors that training changes."""
        return [tensor for tensor in self.weights.values() if tensor.requires_grad]

    def close_epoch(self, loss: float, used: float, plan: Plan, *, whole: bool) -> None:
        """Keep the weights if they are the best so far, and decide whether to go on."""
        self.epoch += int(whole)
        self.seconds = used
        self.course.append([used, loss])
        if loss < self.best_loss:
            self.best_loss, self.best_epoch, self.best = loss, self.epoch, arrays_of(self.weights)
        if plan.seconds is not None and self.epoch:
            affordable = int(plan.seconds * self.epoch / used)
            self.planned = max(self.epoch, min(self.planned, affordable))
        patient = self.epoch - self.best_epoch < plan.patience
        self.out_of_time = not whole or (patient and self.epoch >= self.planned and self.planned < plan.epochs)
        self.finished = self.out_of_time or not patient or self.epoch >= self.planned

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that is an array, by names that ``from_arrays`` knows; of a finished training only the best."""
        arrays: dict[str, NDArray[Any]] = {f"best/{name}": array for name, array in self.best.items()}
        if self.finished:
            return arrays
        arrays |= {f"weights/{name}": array for name, array in arrays_of(self.weights).items()}
        for name, tensor in self.weights.items():
            moments = self.optimiser.state.get(tensor, {})
            arrays |= {f"{key}/{name}": moments[key].cpu().numpy() for key in _MOMENTS if key in moments}
        return arrays

    def numbers(self) -> dict[str, Any]:
        """Everything else, in types of JSON."""
        names = ("planned", "epoch", "steps", "best_epoch", "seconds", "finished", "out_of_time", "course")
        best_loss = self.best_loss if math.isfinite(self.best_loss) else None
        return {**{name: getattr(self, name) for name in names}, "best_loss": best_loss}

    @classmethod
    def from_arrays(cls, plan: Plan, arrays: Mapping[str, NDArray[Any]], numbers: Mapping[str, Any]) -> State:
        """The inverse of the two."""
        import torch

        def part(prefix: str) -> dict[str, NDArray[Any]]:
            start = f"{prefix}/"
            return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}

        best = part("best")
        values = {**numbers, "best_loss": math.inf if numbers["best_loss"] is None else numbers["best_loss"]}
        current = part("weights") or best
        weights = {name: torch.tensor(array, device=plan.device) for name, array in current.items()}
        optimiser = _optimiser(plan, weights)
        moments = {key: part(key) for key in _MOMENTS}
        for name in moments[_MOMENTS[0]]:
            optimiser.state[weights[name]] = {
                "step": torch.tensor(float(values["steps"]), device=plan.device),
                **{key: torch.tensor(moments[key][name], device=plan.device) for key in _MOMENTS},
            }
        return cls(weights, best, optimiser, **values)


def arrays_of(weights: Weights) -> dict[str, NDArray[np.float32]]:
    """Copies of the weights as arrays."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in weights.items()}


def _optimiser(plan: Plan, weights: Weights) -> Any:
    """AdamW over what is learned; only kernels decay (Loshchilov & Hutter 2019, arXiv:1711.05101)."""
    import torch

    learned = {name: tensor for name, tensor in weights.items() if name not in plan.network.fixed}
    for tensor in learned.values():
        tensor.requires_grad_()
    kernels = [tensor for tensor in learned.values() if tensor.ndim > 1]
    others = [tensor for tensor in learned.values() if tensor.ndim <= 1]
    groups = [{"params": kernels, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, fused=True)


@dataclass(eq=False)
class Store:
    """Checkpoint of one training, under a key of all that it depends on; none without ``checkpoints``."""

    checkpoints: Checkpoints | None
    key: str
    written: float = 0.0
    """Seconds of training when it was last kept."""

    def read(self, plan: Plan) -> State | None:
        """The stored state of the training; None where there is none."""
        found = None if self.checkpoints is None else self.checkpoints.read(self.key)
        if found is None:
            return None
        state = State.from_arrays(plan, *found)
        self.written = state.seconds
        return state

    def write(self, state: State) -> None:
        """Keep the training after an epoch: at its end, and whenever a kill would cost too much."""
        if self.checkpoints is not None and (state.finished or state.seconds - self.written >= BETWEEN_WRITES):
            self.checkpoints.write(self.key, state.as_arrays(), state.numbers())
            self.written = state.seconds
