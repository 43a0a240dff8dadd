"""What every model is: rows in, a fitted object out, predictions from it.

A model knows no files, no metrics and no ids. Descriptors are stored once a volume and scalars once
a design; a row is a pair of positions, joined only while a matrix is built, so a million rows of
descriptors never exist at once unless a model asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Device = Literal["cpu", "cuda"]
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


class Joined(Protocol):
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

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of the matrix."""
        return (*self.descriptors, *self.designs, *self.joined)


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
    joined: Joined | None = None
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
        """float32[m, len(columns.names)]: descriptors, scalars and joined quantities of a part."""
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
        """What a model made of these rows (a binned matrix, say), built once and kept with them.

        The targets of one fold share their rows, so a model that bins them need do so only once.
        """
        if key not in self._prepared:
            self._prepared[key] = build()
        return self._prepared[key]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Prediction:
    """Values for n rows, on the scale that was learned; bounds where the model has its own.

    float32[n] each, or float32[n, t] from a model that was fitted on t targets at once.
    """

    y: Float32
    lo: Float32 | None = None
    hi: Float32 | None = None


@dataclass(frozen=True)
class ModelInfo:
    """What the rest of the house must know of a model without running it.

    ``needs`` are the ids that must have been seen in training ("volume", "design"); ``targets``
    limits the model to some targets (None = all); ``validates`` says that it wants a part of the
    training fold for early stopping or tuning, otherwise that part is left in training;
    ``feature_sets`` are the sets it may be given; ``columns`` the columns it cannot do without;
    ``max_rows`` the number of rows above which it refuses; ``default`` whether it runs where no
    models are named; ``devices`` where it can be fitted; ``censoring`` which rows it wants marked by
    ``upper``: "capped" those at the cap, "observed" all that were not measured to their end; ``multi``
    that it learns all targets of a table at once (it is a ``MultiModel`` and needs no ids); ``inner``
    that ``fit`` takes cuts of its training rows, ``inner`` of ``models.inner``, to test itself on; ``resumes``
    that its ``fit_many`` takes ``checkpoints``, in which it keeps a fit under way.
    """

    name: str
    label: str
    kind: Kind
    meaning: str
    feature_sets: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    targets: frozenset[str] | None = None
    validates: bool = False
    columns: tuple[str, ...] = ()
    max_rows: int | None = None
    extra: str | None = None
    reference: str = ""
    default: bool = True
    devices: tuple[Device, ...] = ("cpu",)
    censoring: Literal["capped", "observed"] | None = None
    multi: bool = False
    inner: bool = False
    resumes: bool = False


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
        """Read back what ``save`` wrote; ModelError where it is not that."""
        ...


class Model(Protocol):
    """Settings of a model, ready to fit."""

    info: ClassVar[ModelInfo]
    fitted: ClassVar[type[Fitted]]

    def fit(
        self,
        train: Rows,
        y: Float32,
        valid: Rows | None = None,
        y_valid: Float32 | None = None,
        *,
        upper: Float32 | None = None,
        upper_valid: Float32 | None = None,
        weight: Float32 | None = None,
        seed: int = 0,
        threads: int = 1,
        device: Device = "cpu",
    ) -> Fitted:
        """Fit on finite ``y``, on the scale the caller chose.

        ``valid`` shares no group with ``train`` and serves early stopping only; it is given where
        ``info.validates``. ``upper`` marks censored rows: y = lower bound, upper = inf;
        ``upper_valid`` those of ``valid``. Both come only where ``info.censoring`` asks for them.
        """
        ...


class MultiModel(Model, Protocol):
    """Settings of a model that learns several targets at once: ``info.multi`` is True.

    Its ``fit`` learns one target and predicts float32[n], as that of any model.
    """

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
    ) -> Fitted:
        """Fit on ``y`` float32[n, t], NaN where a row has no value of a target; predicts float32[n, t].

        Every row has a value of some target and every target has one in some row. Targets come each
        on the scale the caller chose; how far their spreads differ is the model's affair.
        ``target_weight`` float32[t] says how much each matters (None: all alike).
        """
        ...


class Checkpoints(Protocol):
    """Where a long fit is kept while it is under way, so that it can be gone on with after a kill."""

    def read(self, key: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
        """Arrays and plain values as they were last written under a key; None where there are none."""
        ...

    def write(self, key: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> None:
        """Keep arrays and plain values under a key, whole or not at all."""
        ...


@dataclass(frozen=True)
class Shortened:
    """A fit that its time bound ended: ``done`` of ``planned`` steps of a kind, such as epochs."""

    unit: str
    done: int
    planned: int


@runtime_checkable
class Placed(Protocol):
    """A fitted model that knows where it was fitted, which need not be where it was asked to be; others ran on the CPU."""

    @property
    def device(self) -> str:
        """``cpu``, ``cuda``, or the library's own name of another device."""
        ...


def device_of(fitted: Fitted) -> str:
    """Where a model was fitted, in its own word."""
    return fitted.device if isinstance(fitted, Placed) else "cpu"


@runtime_checkable
class Revealing(Protocol):
    """A fitted model that has numbers of its own to tell, such as the weights of an ensemble's members."""

    @property
    def revealed(self) -> Mapping[str, float]:
        """Numbers by what they are, short."""
        ...


@runtime_checkable
class Bounded(Protocol):
    """A fitted model that knows whether a time bound ended its fit."""

    @property
    def shortened(self) -> Shortened | None:
        """How far the fit came; None where it ended by itself."""
        ...
