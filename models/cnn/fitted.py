"""A fitted network: it encodes each distinct volume once, joins the rows' columns late, and is saved without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...array_types import Float32, Float64
from ...errors import MissingExtraError, ModelError
from ..base import BATCH_ROWS, Device, Prediction, Rows, Volumes
from ..gaussian_process import Z90
from ..shared.checks import checked_columns
from ..shared.fit_reports import TruncatedFit
from ..shared.standardise import Encoding
from .examples import encoded
from .network import Architecture, answer
from .scales import Scales
from .surroundings import surroundings
from .table import LateFusionTable
from .voxels import read

WEIGHTS, META = "model.safetensors", "model.json"
NpzModel = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Setup:
    """State of a fitted network besides its arrays."""

    width: int
    downsample: int
    batch: int
    single: bool
    """Whether it was fitted on one target as any model is, and answers with float32[n]."""
    shape: tuple[int, ...] = ()
    """Edges (z, y, x) of the voxels that the network sees, where it was built for them."""


@dataclass(frozen=True, eq=False)
class FittedCNN:
    """Weights of the members of an ensemble, and how columns and targets are scaled."""

    setup: Setup
    late: LateFusionTable
    scales: Scales
    residual: Float64
    """Spread of each target's residuals on rows that trained no member; NaN where it was not measured."""
    members: tuple[NpzModel, ...]
    truncated: TruncatedFit | None = None
    device: Device = "cpu"
    course: tuple[tuple[float, float], ...] = ()
    """(seconds, score on the validation part) after each epoch of the first network that had one; not saved."""

    def predict(self, rows: Rows) -> Prediction:
        """Mean of the members; with several, bounds of 90 % from their spread and that of the residuals.

        ModelError where the columns are not those of training, or where there are no voxels.
        """
        checked_columns(rows, self.late.columns)
        with surroundings(self.device):
            outputs = np.stack([self._outputs(rows, member) for member in self.members])
        y, unclipped = self.scales.original(outputs.mean(axis=0))
        if len(self.members) == 1:
            return self._shaped(y, None, None, unclipped)
        among = self.scales.spread * outputs.std(axis=0, ddof=1, dtype=np.float64)
        half = (Z90 * np.hypot(among, np.nan_to_num(self.residual))).astype(np.float32)
        return self._shaped(y, y - half, y + half, unclipped)

    def with_residuals(self, rows: Rows, y: Float64) -> FittedCNN:
        """The same network with the spread of its residuals on rows with targets float64[n, t]."""
        predicted = self.predict(rows).y.reshape(y.shape)
        known = np.isfinite(y)
        squares = np.where(known, (np.nan_to_num(y) - predicted) ** 2, 0.0).sum(axis=0)
        with np.errstate(invalid="ignore"):
            return replace(self, residual=np.sqrt(squares / known.sum(axis=0)))

    @property
    def units(self) -> int:
        """Length of an embedding: that of each member, one after the other."""
        return sum(len(member["embed.bias"]) for member in self.members)

    def embeddings(self, volumes: Volumes, positions: NDArray[Any]) -> Float32:
        """float32[len(positions), members x units]: output of the encoders for volumes, as input of other models."""
        with surroundings(self.device):
            return np.concatenate([self._embedded(volumes, positions, member) for member in self.members], axis=1)

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors`` and ``model.json``."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: np.asarray(array, order="C") for name, array in self._arrays().items()}, folder / WEIGHTS)
        values = {
            "setup": asdict(self.setup),
            "members": len(self.members),
            "columns": self.late.columns,
            "logged": self.late.logged,
            "shortened": None if self.truncated is None else asdict(self.truncated),
        }
        (folder / META).write_text(json.dumps(values, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> FittedCNN:
        """Load a network written by ``save``, to run on the CPU; ModelError names the file that cannot be read."""
        arrays = _tensors(folder / WEIGHTS)
        try:
            values = json.loads((folder / META).read_text(encoding="utf-8"))
            setup = Setup(**values["setup"])
            truncated = values["shortened"]  # the name that saved networks have always had
            encoding = Encoding(*(arrays[f"late/{name}"] for name in ("median", "indicated", "mean", "scale")))
            late = LateFusionTable(tuple(values["columns"]), tuple(values["logged"]), encoding)
            scales = Scales(*(arrays[f"targets/{name}"] for name in ("offset", "spread", "low", "high")))
            expected = cls._expected(setup, late.width, len(scales.offset))
            _like(encoding.median, (len(late.columns),), np.dtype(np.float64))
            members = tuple(
                {name: _like(arrays[f"member{number}/{name}"], *kind) for name, kind in expected.items()}
                for number in range(max(1, int(values["members"])))
            )
            return cls(
                setup,
                late,
                scales,
                arrays["targets/residual"],
                members,
                None if truncated is None else TruncatedFit(**truncated),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{folder / META}: expected a network with the weights beside it, got: {error!r}"
            ) from error

    @classmethod
    def _expected(cls, setup: Setup, columns: int, targets: int) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
        """Shape and type of each weight of a member."""
        shapes = Architecture(setup.width, columns, targets).shapes()
        return {name: (shape, np.dtype(np.float32)) for name, shape in shapes.items()}

    def _outputs(self, rows: Rows, member: NpzModel) -> Float32:
        """float32[n, t] of one member, in batches."""
        import torch

        volumes, own = np.unique(rows.volume, return_inverse=True)
        nothing = np.zeros((0, len(self.scales.offset)), np.float32)
        if not len(rows):
            return nothing
        embeddings = torch.from_numpy(self._embedded(with_voxels(rows), volumes, member))
        weights = {name: torch.from_numpy(array) for name, array in member.items()}
        parts = []
        with torch.no_grad():
            for start in range(0, len(rows), BATCH_ROWS):
                part = np.arange(start, min(start + BATCH_ROWS, len(rows)))
                table = torch.from_numpy(self.late.of(rows.take(part)))
                parts.append(answer(weights, embeddings[torch.from_numpy(own[part])], table).numpy())
        return np.concatenate(parts)

    def _embedded(self, volumes: Volumes, positions: NDArray[Any], member: NpzModel) -> Float32:
        """float32[len(positions), units] of one member."""
        import torch

        weights = {name: torch.from_numpy(array).to(self.device) for name, array in member.items()}
        parts = []
        with torch.no_grad():
            for start in range(0, len(positions), self.setup.batch):
                part = positions[start : start + self.setup.batch]
                voxels = read(volumes, part, downsample=self.setup.downsample, device=self.device)
                parts.append(encoded(weights, voxels).cpu().numpy())
        return np.concatenate(parts)

    def _shaped(self, y: Float32, *others: Float32 | None) -> Prediction:
        def shaped(part: Float32) -> Float32:
            return part[:, 0] if self.setup.single else part

        return Prediction(shaped(y), *(part if part is None else shaped(part) for part in others))

    def _arrays(self) -> dict[str, NDArray[Any]]:
        encoding = self.late.encoding
        arrays: dict[str, NDArray[Any]] = {
            "late/median": encoding.median,
            "late/indicated": encoding.indicated,
            "late/mean": encoding.mean,
            "late/scale": encoding.scale,
            "targets/offset": self.scales.offset,
            "targets/spread": self.scales.spread,
            "targets/low": self.scales.low,
            "targets/high": self.scales.high,
            "targets/residual": self.residual,
        }
        for number, member in enumerate(self.members):
            arrays |= {f"member{number}/{name}": array for name, array in member.items()}
        return arrays


def with_voxels(rows: Rows) -> Volumes:
    """The volumes of some rows; ModelError where they come without."""
    if rows.volumes is None:
        raise ModelError("the network needs the voxels of the volumes; these rows come without")
    return rows.volumes


def _tensors(path: Path) -> NpzModel:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingExtraError("safetensors", "cnn", "reading a network") from error
    try:
        arrays: NpzModel = load_file(path)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(f"{path}: expected the weights of a network, got: {error}") from error
    return arrays


def _like(array: NDArray[Any], shape: tuple[int, ...], kind: np.dtype[Any]) -> NDArray[Any]:
    if array.shape != shape or array.dtype != kind:
        raise ValueError(f"expected {kind}{list(shape)}, got {array.dtype}{list(array.shape)}")
    return array
