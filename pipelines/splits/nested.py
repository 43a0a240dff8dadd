"""Parts of a training fold, set apart as its regime sets test rows apart: to stop early by, and to be tested on."""

from __future__ import annotations

import numpy as np

from ...array_types import Ints
from ...models.shared.nested import NestedFold, NestedFolds
from .group_numbers import compacted, n_distinct
from .splits import HELD_OUT, assign_folds

VALIDATION_ROWS = 30
"""In ``new-both`` the held-out block grows until it has this many rows ..."""
LARGEST_SHARE = 1 / 3
"""... or takes this share of the groups in each dimension."""


def validation_split(regime: str, volume: Ints, design: Ints, *, share: float, seed: int) -> tuple[Ints, Ints]:
    """Positions (fit, validation) within a training fold of n rows; in ``new-both`` there are others, which share one dimension.

    volume, design: int[n], groups of the training rows. The validation rows are new to the fit in
    the way of the regime: random rows, unseen volumes, unseen designs, or a block of unseen
    volumes and designs, whose rows and columns then leave the fit. About ``share`` of the groups
    are set aside in each dimension. Where that leaves either side empty there is no validation
    and everything is fitted.
    """
    groups = {"row": np.arange(len(volume)), "volume": volume, "design": design}
    ranks = [_shuffled(groups[name], seed + number) for number, name in enumerate(HELD_OUT[regime])]
    shares = [share] if len(ranks) == 1 else np.linspace(share, max(share, LARGEST_SHARE), 4)
    best: tuple[Ints, Ints] = (np.arange(len(volume)), np.arange(0))
    for part in shares:
        hits = [rank < part for rank in ranks]
        fit = np.flatnonzero(~np.logical_or.reduce(hits))
        held = np.flatnonzero(np.logical_and.reduce(hits))
        if len(fit) and len(held):
            best = (fit, held)
            if len(held) >= VALIDATION_ROWS:
                break
    return best


def nested_folds(regime: str, volume: Ints, design: Ints, *, folds: int, share: float, seed: int) -> NestedFolds:
    """Nested folds of a training fold of n rows, for a model that estimates its own error.

    volume, design: int[n], groups of the training rows. The groups are dealt in the dimensions of the
    regime and fold k tests the rows that have label k in each, on what shares none with them: in
    ``new-both`` the diagonal of blocks, so that ``folds`` fits suffice. Each fold has a validation part
    of ``share`` of its groups. Folds that have nothing to fit or nothing to test are left out.
    """
    groups = {"row": np.arange(len(volume)), "volume": volume, "design": design}
    rng = np.random.default_rng([seed, 0x1F01D])
    dealt = [groups[name] for name in HELD_OUT[regime]]
    labels = [assign_folds(group, min(folds, n_distinct(group)), rng) for group in dealt]

    def fold(train: Ints, test: Ints) -> NestedFold:
        fit, valid = validation_split(regime, volume[train], design[train], share=share, seed=seed)
        return NestedFold(train[fit], train[valid], test, _left(train, train[fit], train[valid]))

    found = []
    for number in range(folds):
        hits = [label == number for label in labels]
        train = np.flatnonzero(~np.logical_or.reduce(hits))
        test = np.flatnonzero(np.logical_and.reduce(hits))
        if len(train) and len(test):
            found.append(fold(train, test))
    held_out = {name: groups[name] for name in HELD_OUT[regime]}
    return NestedFolds(tuple(found), fold(np.arange(len(volume)), np.arange(0)), held_out)


def _left(train: Ints, *parts: Ints) -> Ints:
    """Positions of a training part that are in none of its parts."""
    return np.setdiff1d(train, np.concatenate(parts))


def _shuffled(groups: Ints, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The place of each row's group in a random order, in [0, 1); the first group is always below any share."""
    position, size = compacted(groups)
    order = np.random.default_rng([seed, 0x1A7E]).permutation(len(size))
    if len(size) == 1:
        return np.ones(len(groups))
    return (order / len(size))[position]
