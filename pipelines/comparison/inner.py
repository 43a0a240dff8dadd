"""The part of a training fold on which a model stops early, set apart as its regime sets test rows apart."""

from __future__ import annotations

import numpy as np

from .splits import DEALT, Ints

VALIDATION_ROWS = 30
"""In ``new-both`` the held-out block grows until it has this many rows ..."""
LARGEST_SHARE = 1 / 3
"""... or takes this share of the groups in each dimension."""


def validation_split(regime: str, volume: Ints, design: Ints, *, share: float, seed: int) -> tuple[Ints, Ints]:
    """Positions (fit, validation) within a training fold of n rows.

    volume, design: int[n], groups of the training rows. The validation rows are new to the fit in
    the way of the regime: random rows, unseen volumes, unseen designs, or a block of unseen
    volumes and designs, whose rows and columns then leave the fit. About ``share`` of the groups
    are set aside in each dimension. Where that leaves either side empty there is no validation
    and everything is fitted.
    """
    groups = {"row": np.arange(len(volume)), "volume": volume, "design": design}
    ranks = [_shuffled(groups[name], seed + number) for number, name in enumerate(DEALT[regime])]
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


def _shuffled(groups: Ints, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The place of each row's group in a random order, in [0, 1); the first group is always below any share."""
    names, position = np.unique(groups, return_inverse=True)
    order = np.random.default_rng([seed, 0x1A7E]).permutation(len(names))
    if len(names) == 1:
        return np.ones(len(groups))
    return (order / len(names))[position]
