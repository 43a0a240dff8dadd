"""Interface of all models: rows in, a fitted object out, predictions from it.

A model knows no files, no metrics and no ids. Descriptors are stored once a volume and scalars once
a design; a row is a pair of positions, joined only while a matrix is built, so a million rows of
descriptors never exist at once unless a model asks for them.

The contract is ``Model``: ``fit`` takes ``TrainingData``, a validation part of the same kind and a
``FitContext``, and gives a ``Fitted``, which predicts and can be written down and read back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..array_types import Float32, Int32
from .shared.nested import NestedFolds

Device = Literal["cpu", "cuda", "auto"]
"""Device to fit on; ``auto``: CUDA where the model's library can, else the CPU, with the reason in the log."""
Kind = Literal["trivial", "law", "linear", "other", "booster", "network", "ensemble"]
T = TypeVar("T")

BATCH_ROWS = 100_000
"""Rows joined at a time when a whole matrix is not wanted."""


class Volumes(Protocol):
    """Voxels of the distinct volumes, for models that look at them."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along (z, y, x), the same for all volumes."""
        ...

    def __len__(self) -> int: ...

    def read(self, index: int) -> NDArray[np.uint8]:
        """Volume ``index`` bit-packed along its last axis: uint8[z, y, ceil(x / 8)], 1 = pore."""
        ...


class InteractionFeatures(Protocol):
    """Columns that need a descriptor and a scalar at once, computed while rows are joined."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the joined columns."""
        ...

    def __call__(self, volume: Int32, design: Int32) -> Float32:
        """float32[n, len(columns)] for n (volume, design) pairs."""
        ...


@dataclass(frozen=True)
class Columns:
    """Names of the columns of a joined matrix, in its order."""

    descriptors: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    """Columns declared as positive and spanning decades: models may take their logarithms (``log_columns``)."""
    categories: tuple[tuple[str, ...], ...] = ()
    """Columns of 0 and 1 that are the levels of one category, category by category (``category_columns``)."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of the matrix."""
        return (*self.descriptors, *self.designs, *self.joined)

    @classmethod
    def marked(
        cls,
        descriptors: tuple[str, ...],
        designs: tuple[str, ...],
        joined: tuple[str, ...],
        *,
        log: Collection[str],
        categories: Iterable[tuple[str, ...]],
    ) -> Columns:
        """Columns with those of ``log`` and ``categories`` that are among them; a category keeps at least two levels."""
        names = (*descriptors, *designs, *joined)
        levels = (tuple(name for name in category if name in designs) for category in categories)
        return cls(
            descriptors,
            designs,
            joined,
            log=tuple(name for name in names if name in log),
            categories=tuple(category for category in levels if len(category) > 1),
        )


@dataclass(frozen=True, eq=False)
class Rows:
    """n rows over V volumes and D designs.

    descriptors: float32[V, p]; designs: float32[D, q] (q = 15 or 0); volume, design: int32[n],
    positions in those two tables. The positions keep their meaning from training to prediction:
    both see the same tables. Rows of distinct volumes have the design position -1.
    """

    descriptors: Float32
    designs: Float32
    volume: Int32
    design: Int32
    columns: Columns
    volumes: Volumes | None = None
    joined: InteractionFeatures | None = None
    _prepared: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.volume)

    def take(self, index: NDArray[Any]) -> Rows:
        """The rows at ``index`` (positions or a mask), over the same tables."""
        return replace(self, volume=self.volume[index], design=self.design[index], _prepared={})

    def append(self, other: Rows) -> Rows:
        """These rows, then those of ``other``, over the same tables."""
        return replace(
            self,
            volume=np.concatenate([self.volume, other.volume]),
            design=np.concatenate([self.design, other.design]),
            _prepared={},
        )

    def matrix(self, part: slice = slice(None)) -> Float32:
        """float32[m, len(columns.names)]: descriptors, scalars and physics features of a part."""
        volume, design = self.volume[part], self.design[part]
        blocks = []
        if self.columns.descriptors:
            blocks.append(self.descriptors[volume])
        if self.columns.designs:
            blocks.append(self.designs[design])
        if self.joined is not None and self.columns.joined:
            blocks.append(self.joined(volume, design))
        if not blocks:
            return np.zeros((len(volume), 0), np.float32)
        return np.concatenate(blocks, axis=1, dtype=np.float32)

    def batches(self, size: int = BATCH_ROWS) -> Iterator[Float32]:
        """The matrix in consecutive parts of at most ``size`` rows."""
        for start in range(0, len(self), size):
            yield self.matrix(slice(start, start + size))

    def column(self, name: str) -> Float32:
        """One column by name; KeyError names it where it is not there."""
        names = self.columns.names
        if name not in names:
            raise KeyError(f"no column {name!r} among {', '.join(names) or 'none'}")
        if name in self.columns.descriptors:
            return self.descriptors[:, self.columns.descriptors.index(name)][self.volume]
        if name in self.columns.designs:
            return self.designs[:, self.columns.designs.index(name)][self.design]
        if self.joined is None:
            raise KeyError(f"column {name!r} is declared as joined, but these rows join none")
        return self.joined(self.volume, self.design)[:, self.columns.joined.index(name)]

    def prepared(self, key: Hashable, build: Callable[[], T]) -> T:
        """Return an object that a model builds from these rows (a binned matrix, say), built once and kept with them.

        The targets of one fold share their rows, so a model that bins them need do so only once.
        """
        if key not in self._prepared:
            self._prepared[key] = build()
        return self._prepared[key]  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Rows with the values of their targets, to fit on or to stop early by.

    y: float32[n] for one target, always finite; float32[n, t] for t targets at once, NaN where a row has no
    value of one. Every row has a value of some target and every target has one in some row. Each target
    comes on the scale the caller chose; differences in their spread are up to the model.

    upper: float32[n], upper bounds of lives not seen to their end (y = lower bound, upper = inf, or y
    itself where the life is known); None unless ``ModelInfo.censoring`` asks for it.
    weight: float32[n], how much each row counts (None: all alike). Validation rows carry none; where they are
    fitted on too, they weigh as the mean training row.
    target_weight: float32[t], how much each target matters (None: all alike).
    """

    rows: Rows
    y: Float32
    upper: Float32 | None = None
    weight: Float32 | None = None
    target_weight: Float32 | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, index: NDArray[Any]) -> TrainingData:
        """The data at ``index`` (positions or a mask), over the same tables."""
        return replace(
            self,
            rows=self.rows.take(index),
            y=self.y[index],
            upper=None if self.upper is None else self.upper[index],
            weight=None if self.weight is None else self.weight[index],
        )


@dataclass(frozen=True)
class FitContext:
    """Inputs of a fit besides its data: the random seed, and the resources it may use.

    ``threads`` are the most threads of the processor it may use, ``device`` where to fit as far as
    ``ModelInfo.devices`` names it. ``nested`` says how to cut the training rows where a model tests
    itself on them (``ModelInfo.nested_folds``); without it they are cut by volume. ``checkpoints`` keep a long fit that is
    under way (``ModelInfo.checkpointable``); None: nothing is kept. ``rest`` are training rows that share a volume or a
    design with validation rows: they take no part in early stopping, and a model that fits again on
    all of its rows once it knows when to stop fits on them too; None: there are none.
    """

    seed: int = 0
    threads: int = 1
    device: Device = "cpu"
    nested: NestedFolds | None = None
    checkpoints: Checkpoints | None = None
    rest: TrainingData | None = None


@dataclass(frozen=True)
class Prediction:
    """Values for n rows, on the scale that was learned; bounds where the model has its own.

    float32[n] each, or float32[n, t] from a model that was fitted on t targets at once.
    """

    y: Float32
    lo: Float32 | None = None
    hi: Float32 | None = None
    unclipped: Float32 | None = None
    """``y`` before it was clipped to a range, from a model that clips; its bounds are not clipped."""

    @classmethod
    def clipped(cls, y: NDArray[np.float64], low: float, high: float) -> Prediction:
        """Values kept between ``low`` and ``high``."""
        return cls(np.clip(y, low, high).astype(np.float32), unclipped=y.astype(np.float32))


@dataclass(frozen=True)
class ModelInfo:
    """Declared properties of a model, known without running it.

    ``requires_seen_ids`` are the ids that must have been seen in training ("volume", "design");
    ``targets`` limits the model to some targets (None = all); ``early_stopping_rows`` says that it wants a
    part of the training fold for early stopping or tuning, otherwise that part is left in training;
    ``feature_sets`` are the sets it may be given; ``columns`` the columns it cannot do without;
    ``max_rows`` the number of rows above which it refuses; ``default`` whether it runs where no
    models are named; ``devices`` where it can be fitted; ``censoring`` which rows it wants marked by
    ``TrainingData.upper``: "capped" those at the cap, "observed" all that were not measured to their end;
    ``multi_target`` that it learns all targets of a table in one fit (and requires no seen ids);
    ``nested_folds`` that it tests itself on ``FitContext.nested``; ``checkpointable`` that it
    keeps a fit under way in ``FitContext.checkpoints``;
    ``storable`` that its fitted models can be written without pickle: one that is not is compared, but in no bundle.
    """

    name: str
    label: str
    kind: Kind
    meaning: str
    feature_sets: tuple[str, ...]
    requires_seen_ids: frozenset[str] = frozenset()
    targets: frozenset[str] | None = None
    early_stopping_rows: bool = False
    columns: tuple[str, ...] = ()
    max_rows: int | None = None
    extra: str | None = None
    reference: str = ""
    default: bool = True
    devices: tuple[Device, ...] = ("cpu",)
    censoring: Literal["capped", "observed"] | None = None
    multi_target: bool = False
    nested_folds: bool = False
    checkpointable: bool = False
    storable: bool = True


class Fitted(Protocol):
    """A fitted model: it predicts, it can be written down without pickle and read back."""

    def predict(self, rows: Rows) -> Prediction:
        """Predictions for rows over the same columns as in training."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model into an existing, empty folder."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Load a model written by ``save``; ModelError where it cannot be read."""
        ...


class Model(Protocol):
    """Settings of a model, ready to fit: a frozen dataclass that declares ``info`` and ``fitted`` as class variables."""

    @property
    def info(self) -> ModelInfo:
        """Properties and requirements of the model."""
        ...

    @property
    def fitted(self) -> type[Fitted]:
        """The class of its fitted models, which reads back what they save."""
        ...

    def fit(self, train: TrainingData, valid: TrainingData | None, context: FitContext) -> Fitted:
        """Fit on one or several targets, as the shape of ``train.y`` says; the answer has the same shape.

        ``valid`` shares no group with ``train`` and serves early stopping only; it is given where
        ``info.early_stopping_rows``. ModelError for data that the model cannot be fitted on, several targets among
        them unless ``info.multi_target``.
        """
        ...


class Checkpoints(Protocol):
    """Storage for the state of a long fit, so that it can be resumed after a kill."""

    def read(self, key: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
        """Arrays and plain values as they were last written under a key; None where there are none."""
        ...

    def write(self, key: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> None:
        """Keep arrays and plain values under a key, whole or not at all."""
        ...
