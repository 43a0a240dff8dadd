"""Nested folds of a training fold, for models that estimate their own error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ...array_types import Ints

FOLDS, VALIDATION_SHARE = 3, 0.2
"""Value for fits whose caller gives no nested folds."""


@dataclass(frozen=True, eq=False)
class NestedFold:
    """Positions among n training rows: to fit on, to stop early by, and to test on; test and valid may be empty.

    ``rest`` share a group with ``valid`` and none with ``test``: they may be fitted on where nothing is stopped early.
    """

    fit: Ints
    valid: Ints
    test: Ints
    rest: Ints = field(default_factory=lambda: np.arange(0))

    @property
    def fit_all(self) -> Ints:
        """All positions to fit on where nothing is stopped early, ascending."""
        return np.sort(np.concatenate([self.fit, self.valid, self.rest]))


@dataclass(frozen=True, eq=False)
class NestedFolds:
    """Nested folds of a training fold, cut as its regime cuts all rows: what is new to test rows is new here too.

    ``folds`` test on one part each; ``whole`` leaves nothing to test and serves the last fit. ``groups`` name the
    dimensions in which test rows are new ("row", "volume", "design") with the group of each training row, int[n]: for
    models that cut folds of their own.
    """

    folds: tuple[NestedFold, ...]
    whole: NestedFold
    groups: Mapping[str, Ints] = field(default_factory=dict)

    def without_folds(self, positions: Ints) -> NestedFolds:
        """The groups of the training rows at ``positions``, for a fit on them that may cut them again."""
        n = len(positions)
        whole = NestedFold(np.arange(n), np.arange(0), np.arange(0))
        return replace(self, folds=(), whole=whole, groups={name: of[positions] for name, of in self.groups.items()})


def nested_by_volume(volume: Ints, seed: int) -> NestedFolds:
    """Nested folds of n rows that keep those of a volume together, for callers that give none.

    volume: int[n]. There are no folds, only ``whole``, where there is one volume.
    """
    names, position = np.unique(volume, return_inverse=True)
    order = np.random.default_rng([seed, 0x1FF]).permutation(len(names))
    label = (order % FOLDS)[position]
    # The validation part of each fold is the like share of what it trains on, again by volume.
    held = (order / len(names) < VALIDATION_SHARE)[position] & (len(names) > FOLDS)
    folds = [
        NestedFold(
            np.flatnonzero((label != k) & ~held), np.flatnonzero((label != k) & held), np.flatnonzero(label == k)
        )
        for k in range(min(FOLDS, len(names)))
    ]
    whole = NestedFold(np.flatnonzero(~held), np.flatnonzero(held), np.arange(0))
    return NestedFolds(tuple(fold for fold in folds if len(fold.fit)), whole, {"volume": volume})
