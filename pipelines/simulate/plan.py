"""Plan of a simulation: a frozen record of its size, and the design that each volume is joined to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import SettingsError
from .crossing import Pair, crossing
from .protocol import Protocol
from .volumes import OPEN_GENERATORS, Transport

SMALLEST_EDGE = 16


@dataclass(frozen=True)
class Plan:
    """Plan of a simulation; the same plan makes the same data set; SettingsError for one that cannot be carried out."""

    volumes: int
    designs: int
    size: int
    seed: int
    rows_per_volume: int
    generators: tuple[str, ...]
    protocol: Protocol

    def __post_init__(self) -> None:
        if min(self.volumes, self.designs, self.rows_per_volume) < 1:
            raise SettingsError(
                "expected at least 1 volume, 1 design and 1 row a volume, "
                f"got {self.volumes}, {self.designs} and {self.rows_per_volume}"
            )
        if self.size < SMALLEST_EDGE:
            raise SettingsError(f"size: expected at least {SMALLEST_EDGE} voxels an edge, got {self.size}")
        unknown = sorted(set(self.generators) - set(OPEN_GENERATORS))
        if unknown or not self.generators:
            raise SettingsError(
                f"generators: expected some of {', '.join(OPEN_GENERATORS)}, got {', '.join(unknown) or 'none'}"
            )

    def pairs(self, transports: Sequence[Transport]) -> tuple[Pair, ...]:
        """Rows as (volume, design): the crossing of the volumes that percolate, one row for each that does not."""
        percolating = [number for number, one in enumerate(transports) if one.structure]
        closed = [number for number, one in enumerate(transports) if not one.structure]
        dealt = crossing(len(percolating), self.designs, self.rows_per_volume, seed=self.seed)
        crossed = [(percolating[position], design) for position, design in dealt]
        return tuple(sorted([*crossed, *((number, i % self.designs) for i, number in enumerate(closed))]))
