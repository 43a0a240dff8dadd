"""Permutation importance: the loss of R2 where whole volumes, or whole designs, swap the values of a group of columns.

Rows of a volume share its descriptors, so permuting rows would make volumes that cannot be: here
every tested volume takes the group's values of another tested one, in a single cycle through all of
them, and a design likewise with its scalars. Columns that are correlated move together, since a
model that can read the same from a neighbour misses none of them alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...array_types import Int32
from ...models.base import Columns, InteractionFeatures, Rows
from .correlated import Group, correlated_groups
from .families import JOINED

MOST_ROWS = 20_000
"""Tested rows of a fold beyond this number take no part."""


@dataclass(frozen=True)
class Moved:
    """Physics features of other volumes than the rows have: those at ``to``."""

    joined: InteractionFeatures
    to: Int32

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the quantities."""
        return self.joined.columns

    def __call__(self, volume: Int32, design: Int32) -> NDArray[np.float32]:
        """float32[n, q]."""
        return self.joined(self.to[volume], design)


def groups_of(rows: Rows, threshold: float) -> tuple[Group, ...]:
    """Groups of descriptors over the volumes of the rows, of scalars over their designs, and the physics features."""
    columns = rows.columns
    found = correlated_groups(rows.descriptors[np.unique(rows.volume)], columns.descriptors, threshold)
    if columns.designs:
        found += correlated_groups(rows.designs[np.unique(rows.design)], columns.designs, threshold)
    return found + ((Group(JOINED, columns.joined),) if columns.joined else ())


def permuted(rows: Rows, group: Group, rng: np.random.Generator) -> Rows | None:
    """The rows with the group's values of other volumes or designs of theirs; None where there is but one."""
    columns: Columns = rows.columns
    if group.members[0] in columns.designs:
        table = _cycled(rows.designs, rows.design, columns.designs, group, rng)
        return None if table is None else replace(rows, designs=table, _prepared={})
    if group.members[0] in columns.joined and rows.joined is not None:
        to = np.arange(len(rows.descriptors), dtype=np.int32)
        own, other = _cycle(rows.volume, rng)
        to[own] = other
        return None if len(own) == 1 else replace(rows, joined=Moved(rows.joined, to), _prepared={})
    table = _cycled(rows.descriptors, rows.volume, columns.descriptors, group, rng)
    return None if table is None else replace(rows, descriptors=table, _prepared={})


def _cycled(
    table: NDArray[np.float32], used: Int32, names: tuple[str, ...], group: Group, rng: np.random.Generator
) -> NDArray[np.float32] | None:
    own, other = _cycle(used, rng)
    if len(own) == 1:
        return None
    columns = [names.index(name) for name in group.members]
    moved = table.copy()
    moved[own[:, None], columns] = table[other[:, None], columns]
    return moved


def _cycle(used: Int32, rng: np.random.Generator) -> tuple[Int32, Int32]:
    """Distinct positions in random order, and for each the next one: none keeps its own values."""
    order = rng.permutation(np.unique(used))
    return order, np.roll(order, -1)
