"""Fewer rows of every volume, where their number says less than their volumes and designs."""

from __future__ import annotations

import numpy as np

from ...array_types import Ints


def thinned(volume: Ints, most: int, seed: int) -> Ints:
    """Positions of at most ``most`` rows of each volume, ascending, drawn evenly; volume: int[n]."""
    order = np.random.default_rng([seed, 0x7417]).permutation(len(volume))
    order = order[np.argsort(volume[order], kind="stable")]
    of = volume[order]
    first = np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]])) if len(of) else np.arange(0)
    place = np.arange(len(of)) - np.repeat(first, np.diff(np.append(first, len(of))))
    return np.sort(order[place < most])


def thinned_to(volume: Ints, rows: int, seed: int) -> Ints:
    """The same with about ``rows`` rows in all: of each volume as many as that allows; one of so many where there are more volumes."""
    if len(volume) <= rows:
        return np.arange(len(volume))
    found = thinned(volume, max(1, round(rows / len(np.unique(volume)))), seed)
    if len(np.unique(volume)) <= rows:
        return found
    return np.sort(np.random.default_rng([seed, 0x7418]).choice(found, rows, replace=False))
