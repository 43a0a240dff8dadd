"""Crossing of volumes and designs: incomplete, balanced, connected."""

from __future__ import annotations

import logging

import numpy as np

from ...errors import SettingsError

log = logging.getLogger(__name__)

Pair = tuple[int, int]
_ATTEMPTS = 100


def crossing(volumes: int, designs: int, rows_per_volume: int, *, seed: int) -> tuple[Pair, ...]:
    """Pairs (volume, design), ``rows_per_volume`` distinct designs a volume.

    No design is used more than once oftener than another. Where the counts allow it the pairs form one
    connected graph, without which effects of volumes and of designs cannot be separated; a warning says
    where they do not. Raises SettingsError where a volume would need more designs than there are.
    """
    if volumes < 1 or not 1 <= rows_per_volume <= designs:
        raise SettingsError(
            f"rows a volume: expected 1 to {designs} (the designs) for at least 1 volume, "
            f"got {rows_per_volume} for {volumes}"
        )
    possible = volumes * rows_per_volume >= volumes + designs - 1
    for attempt in range(_ATTEMPTS if possible else 1):
        pairs = _deal(volumes, designs, rows_per_volume, np.random.default_rng([seed, attempt]))
        if connected(pairs):
            return pairs
    log.warning("crossing of %d volumes and %d designs: it falls into parts that share nothing", volumes, designs)
    return pairs


def connected(pairs: tuple[Pair, ...]) -> bool:
    """Whether every volume can be reached from every other by way of shared designs, and every design too."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    volume, design = np.array(pairs).T
    _, design = np.unique(design, return_inverse=True)
    _, volume = np.unique(volume, return_inverse=True)
    nodes = volume.max() + design.max() + 2
    graph = coo_array((np.ones(len(pairs)), (volume, design + volume.max() + 1)), shape=(nodes, nodes))
    return bool(connected_components(graph, directed=False, return_labels=False) == 1)


def _deal(volumes: int, designs: int, rows_per_volume: int, rng: np.random.Generator) -> tuple[Pair, ...]:
    """Each volume takes the designs used least so far, ties at random."""
    used = np.zeros(designs, int)
    pairs = []
    for volume in range(volumes):
        chosen = np.lexsort((rng.random(designs), used))[:rows_per_volume]
        used[chosen] += 1
        pairs += [(volume, int(design)) for design in sorted(chosen)]
    return tuple(pairs)
