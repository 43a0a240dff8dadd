"""Cuts within a training fold, for models that must test themselves before they are tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..base import Fitted, Float32, Model, Rows

Ints = NDArray[np.integer[Any]]
FOLDS, VALIDATION_SHARE = 3, 0.2
"""Where the caller gives no cuts."""


@dataclass(frozen=True, eq=False)
class Cut:
    """Positions among n training rows: to fit on, to stop early by, and to test on; test and valid may be empty."""

    fit: Ints
    valid: Ints
    test: Ints


@dataclass(frozen=True, eq=False)
class Inner:
    """How a training fold is cut as its regime cuts all rows: what is new to test rows is new here too.

    ``folds`` test on one part each; ``whole`` leaves nothing to test and serves the last fit.
    """

    folds: tuple[Cut, ...]
    whole: Cut


def by_volume(rows: Rows, seed: int) -> Inner:
    """Cuts that keep the rows of a volume together, for callers that give none; none where there is one volume."""
    names, position = np.unique(rows.volume, return_inverse=True)
    order = np.random.default_rng([seed, 0x1FF]).permutation(len(names))
    label = (order % FOLDS)[position]
    # The validation part of each fold is the like share of what it trains on, again by volume.
    held = (order / len(names) < VALIDATION_SHARE)[position] & (len(names) > FOLDS)
    folds = [
        Cut(np.flatnonzero((label != k) & ~held), np.flatnonzero((label != k) & held), np.flatnonzero(label == k))
        for k in range(min(FOLDS, len(names)))
    ]
    nothing = np.arange(0)
    return Inner(tuple(cut for cut in folds if len(cut.fit)), Cut(np.flatnonzero(~held), np.flatnonzero(held), nothing))


@dataclass(frozen=True, eq=False)
class PartFits:
    """A training fold on parts of which models are fitted."""

    train: Rows
    y: Float32
    weight: Float32 | None
    surroundings: Mapping[str, Any]

    def rows(self, part: Any) -> Rows:
        """Rows of a part, made once for all targets and models, with what they made of it."""
        return self.train.prepared(("part", part.tobytes()), lambda: self.train.take(part))

    def fit(self, model: Model, cut: Cut) -> Fitted:
        """A model on the fitting part of a cut; on the validation part too where it does not stop by it.

        With weights none does, since ``fit`` takes none for the validation part.
        """
        stops = model.info.validates and len(cut.valid) > 0 and self.weight is None
        part = cut.fit if stops else np.sort(np.concatenate([cut.fit, cut.valid]))
        return model.fit(
            self.rows(part),
            self.y[part],
            self.rows(cut.valid) if stops else None,
            self.y[cut.valid] if stops else None,
            weight=None if self.weight is None else self.weight[part],
            **self.surroundings,
        )
