"""A PyTorch module of one's own, trained by the trainer of the built-in network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from ...array_types import Float32, Intp
from ...errors import ModelError, SettingsError
from ..base import Device, Rows
from ..cnn import CNN
from ..cnn.examples import Reader
from ..cnn.fitted import FittedCNN, NpzModel, Setup, with_voxels
from ..cnn.voxels import averaged_shape, read

if TYPE_CHECKING:
    from ..cnn.network import Weights

Shape: TypeAlias = tuple[int, int, int]
Build: TypeAlias = Callable[[Shape, int, int], Any]
"""(edges z, y, x of the voxels, number of inputs, number of targets) -> torch.nn.Module."""

ROWS_AT_ONCE = 256
"""Rows that are answered together: a module without ``encode`` sees the voxels once a row."""


def from_torch(
    build: Build, *, name: str, label: str = "", meaning: str = "", reference: str = "", **settings: Any
) -> TorchModel:
    """A network of one's own as a model: ``build`` makes it, the trainer of the built-in network trains it.

    Each training standardises targets and inputs, averages voxels by ``downsample``, turns volumes at random, stops
    early on the validation part, keeps checkpoints and holds to ``seconds``; on CUDA the module runs in bfloat16.

    Parameters
    ----------
    build
        Called as ``build(shape, n_inputs, n_targets)`` with the edges (z, y, x) of the voxels that the module will
        see. The module takes (voxels float32[n, 1, z, y, x] in [-1/2, 1/2] with pore 1/2, inputs float32[n, n_inputs])
        and answers with float32[n, n_targets]. One that has ``encode(voxels)`` and ``head(encoding, inputs)`` is asked
        by these instead, and sees each volume once a batch, however many designs it was simulated with.
    name
        Of a-z, 0-9 and -, as tables and ``--models`` name it.
    label, meaning, reference
        What the report says of it; the name and a plain sentence by default.
    **settings
        As those of the built-in network (``docs/cnn.md``), ``width`` aside: ``members``, ``epochs``, ``patience``,
        ``batch``, ``learning_rate``, ``weight_decay``, ``downsample``, ``seconds``.

    Returns
    -------
    TorchModel
        Ready to fit, and found in a plug-in as a variable of its module.

    Raises
    ------
    SettingsError
        For a name that cannot name a folder, and for an unknown setting.
    MissingExtraError
        Without torch or safetensors.

    Examples
    --------
    >>> from poregrove.models import from_torch
    >>> def build(shape, n_inputs, n_targets):
    ...     from torch import nn
    ...
    ...     class Mean(nn.Module):
    ...         def __init__(self):
    ...             super().__init__()
    ...             self.out = nn.Linear(1 + n_inputs, n_targets)
    ...
    ...         def forward(self, voxels, inputs):
    ...             import torch
    ...
    ...             return self.out(torch.cat([voxels.mean(dim=(2, 3, 4)), inputs], dim=1))
    ...
    ...     return Mean()
    >>> from_torch(build, name="mean-net", epochs=5).epochs
    5

    """
    info = replace(
        CNN.info,
        name=checked_name(name),
        label=label or name,
        meaning=meaning or "network of one's own on the voxels, all targets at once",
        reference=reference,
        default=True,
    )
    fitted = type("FittedOwnNetwork", (FittedModule,), {"build": staticmethod(build), "name": name})
    own = type("OwnNetwork", (TorchModel,), {"info": info, "fitted": fitted, "build": staticmethod(build)})
    try:
        model: TorchModel = own(**settings)
    except TypeError as error:
        raise SettingsError(f"model {name}: {error}") from error
    return model


def checked_name(name: str) -> str:
    """The name of a model; SettingsError where it cannot name a folder."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise SettingsError(f"the name of a model is of a-z, 0-9 and -, as it names folders; got {name!r}")
    return name


@dataclass(frozen=True)
class ModuleNetwork:
    """A module as the trainer sees it: its parameters and buffers by name."""

    build: Build
    name: str
    shape: Shape
    """Edges of the voxels that it sees."""
    columns: int
    targets: int

    @cached_property
    def module(self) -> Any:
        """The module in whose place of tensors those of the trainer are put."""
        return built(self.build, self.name, self.shape, self.columns, self.targets)

    @property
    def fixed(self) -> frozenset[str]:
        """Buffers, such as the running means of a batch normalisation, and parameters that the module freezes."""
        frozen = [name for name, tensor in self.module.named_parameters() if not tensor.requires_grad]
        return frozenset([*frozen, *(name for name, _ in self.module.named_buffers())])

    def start(self, seed: int, device: Device, reader: Reader, volumes: Intp, batch: int) -> Weights:
        """The module's own initial values, drawn from the seed; ModelError where it does not take what it will be given."""
        import torch

        del batch
        fresh = built(self.build, self.name, self.shape, self.columns, self.targets, seed=seed)
        weights = {name: tensor.detach().to(device) for name, tensor in _tensors(fresh).items()}
        voxels = reader(volumes[:1])
        one = torch.zeros(1, dtype=torch.long, device=device)
        inputs = torch.zeros((1, self.columns), device=device)
        with _taken(self.name, self.shape, voxels, inputs), torch.no_grad():
            self.outputs(weights, voxels, one, inputs, step=None)
        return weights

    def outputs(self, weights: Weights, voxels: Any, own: Any, table: Any, *, step: int | None) -> Any:
        """The module's answers, in training mode with what is random drawn from ``step``, else in evaluation mode."""
        import torch
        from torch.func import functional_call

        self.module.train(step is not None)
        with _drawn(0 if step is None else step), _half(voxels):
            output = functional_call(self.module, weights, (voxels, own, table))
        return _answers(output, len(own), self.targets, self.name).to(torch.float32)


class FittedModule(FittedCNN):
    """Fitted weights of a module, which is built anew to answer."""

    build: ClassVar[Build]
    name: ClassVar[str]

    def _outputs(self, rows: Rows, member: NpzModel) -> Float32:
        """float32[n, t] of one member, in batches of volumes and of rows."""
        import torch

        targets = len(self.scales.offset)
        found = np.zeros((len(rows), targets), np.float32)
        if not len(rows):
            return found
        volumes, own = np.unique(rows.volume, return_inverse=True)
        store, module = with_voxels(rows), self._module(member)
        inputs = torch.from_numpy(self.late.of(rows)).to(self.device)
        order = np.argsort(own, kind="stable")
        ends = np.searchsorted(own[order], np.arange(len(volumes) + 1))
        with torch.no_grad():
            for start in range(0, len(volumes), self.setup.batch):
                stop = min(start + self.setup.batch, len(volumes))
                voxels = read(store, volumes[start:stop], downsample=self.setup.downsample, device=self.device)
                with _taken(self.name, self.setup.shape, voxels, inputs), _half(voxels):
                    seen = module.seen(voxels)
                    for part in _parts(order[ends[start] : ends[stop]]):
                        output = seen(torch.from_numpy(own[part] - start).to(self.device), inputs[part])
                        found[part] = _answers(output, len(part), targets, self.name).float().cpu().numpy()
        return found

    def _module(self, member: NpzModel) -> Any:
        """The module of one member, in evaluation mode."""
        import torch

        z, y, x = self.setup.shape
        module = built(self.build, self.name, (z, y, x), self.late.width, len(self.scales.offset))
        own = _tensors(module)
        with torch.no_grad():
            for name, array in member.items():
                own[name].copy_(torch.from_numpy(np.asarray(array, order="C")))
        return module.to(self.device).eval()

    @classmethod
    def _expected(cls, setup: Setup, columns: int, targets: int) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
        z, y, x = setup.shape
        module = built(cls.build, cls.name, (z, y, x), columns, targets)
        return {name: (tuple(t.shape), t.detach().numpy().dtype) for name, t in _tensors(module).items()}


@dataclass(frozen=True)
class TorchModel(CNN):
    """Settings of the training of a module of one's own; ``from_torch`` makes it."""

    fitted: ClassVar[type[FittedCNN]] = FittedModule
    build: ClassVar[Build]

    width: int = field(default=1, init=False, repr=False)
    """No setting of a module of one's own."""

    def _network(self, columns: int, targets: int, shape: Shape) -> ModuleNetwork:
        return ModuleNetwork(self.build, self.info.name, averaged_shape(shape, self.downsample), columns, targets)

    def _setup(self, shape: Shape, *, single: bool) -> Setup:
        return Setup(self.width, self.downsample, self.batch, single, averaged_shape(shape, self.downsample))


def built(build: Build, name: str, shape: Shape, columns: int, targets: int, *, seed: int = 0) -> Any:
    """The module that ``build`` makes, as one of (voxels, volume of each row, inputs); ModelError where it makes none.

    The global random state of PyTorch is left as it is.
    """
    import torch
    from torch import nn

    class OfRows(nn.Module):
        """A module asked for rows of some volumes."""

        def __init__(self, own: Any) -> None:
            super().__init__()
            self.own = own

        def seen(self, voxels: Any) -> Callable[[Any, Any], Any]:
            """Answers for rows of these volumes: (volume of each row, inputs) -> outputs."""
            if hasattr(self.own, "encode") and hasattr(self.own, "head"):
                encoding = self.own.encode(voxels)
                return lambda at, inputs: self.own.head(encoding[at], inputs)
            return lambda at, inputs: self.own(voxels[at], inputs)

        def forward(self, voxels: Any, at: Any, inputs: Any) -> Any:
            return self.seen(voxels)(at, inputs)

    with _drawn(seed):
        own = build(shape, columns, targets)
    if not isinstance(own, nn.Module):
        raise ModelError(f"model {name}: build returned {type(own).__name__}, expected a torch.nn.Module")
    module = OfRows(own)
    wrong = [key for key, tensor in module.named_parameters() if tensor.dtype != torch.float32]
    if wrong:
        raise ModelError(f"model {name}: expected parameters in float32, {wrong[0]} is of another type")
    return module


def _tensors(module: Any) -> dict[str, Any]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _answers(output: Any, rows: int, targets: int, name: str) -> Any:
    """Outputs as [rows, targets]; ModelError for another shape."""
    if tuple(output.shape) == (rows,) and targets == 1:
        return output[:, None]
    if tuple(output.shape) != (rows, targets):
        raise ModelError(
            f"model {name}: its module answers {rows} rows with {list(output.shape)}, expected {[rows, targets]}"
        )
    return output


def _parts(positions: Intp) -> Iterator[Intp]:
    for start in range(0, len(positions), ROWS_AT_ONCE):
        yield positions[start : start + ROWS_AT_ONCE]


@contextmanager
def _drawn(seed: int) -> Iterator[None]:
    """Within it PyTorch draws from a seed; what it drew from before goes on afterwards."""
    import torch

    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def _half(voxels: Any) -> AbstractContextManager[Any]:
    """On CUDA what a module computes is in bfloat16, as far as PyTorch finds that safe."""
    import torch

    half: AbstractContextManager[Any] = torch.autocast(
        device_type=voxels.device.type, dtype=torch.bfloat16, enabled=voxels.is_cuda
    )
    return half


@contextmanager
def _taken(name: str, shape: Sequence[int], voxels: Any, inputs: Any) -> Iterator[None]:
    """Within it what a module cannot take becomes a ModelError that says what it was given."""
    try:
        yield
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        given = f"voxels {list(voxels.shape[2:])} and {inputs.shape[1]} inputs"
        cause = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ModelError(
            f"model {name}: built for voxels {list(shape)}, its module failed on {given}: {cause}"
        ) from error
