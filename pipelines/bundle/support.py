"""Support of training: ranges of inputs, the distance model, digests of volumes and designs; saved and loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelError
from ...features.physics import Quantity
from ..runs.atomic import write_json
from ..tables.arrays import Data, Table
from ..tables.feature_sets import JoinedQuantities
from .from_json import typed
from .intervals import LEVELS, Residuals, level_name
from .neighbours import Neighbours, neighbours_of
from .ranges import QUANTILES, Range, frame_ranges, joined_ranges

RANGES, SEEN, INTERVALS, DISTANCE = "ranges.json", "seen.json", "intervals.json", "distance"


@dataclass(frozen=True, eq=False)
class Support:
    """Training data that a query is compared with."""

    ranges: tuple[Range, ...]
    neighbours: Neighbours
    volumes: frozenset[str]
    """Digests of the volumes with a learned cell (of all volumes where there are no cells)."""
    designs: frozenset[str]

    def save(self, folder: Path) -> None:
        """Write ``ranges.json``, ``seen.json`` and ``distance/model.npz``."""
        ranges = [asdict(item) for item in self.ranges]
        write_json(folder / RANGES, {"quantiles": QUANTILES, "ranges": ranges})
        write_json(folder / SEEN, {"volumes": sorted(self.volumes), "designs": sorted(self.designs)})
        self.neighbours.save(folder / DISTANCE)

    @classmethod
    def load(cls, folder: Path) -> Support:
        """Load a support written by ``save``; ModelError names the file that cannot be read."""
        seen = _read(folder / SEEN)
        try:
            ranges = typed(tuple[Range, ...], _read(folder / RANGES)["ranges"], "ranges")
            volumes, designs = (frozenset(typed(tuple[str, ...], seen[name], name)) for name in ("volumes", "designs"))
            return cls(ranges, Neighbours.load(folder / DISTANCE), volumes, designs)
        except (KeyError, TypeError) as error:
            raise ModelError(f"{folder}: expected {RANGES} and {SEEN} of a bundle, got: {error!r}") from error


def support_of(data: Data, descriptors: Sequence[str], physics: Sequence[Quantity], seed: int) -> Support:
    """The support of the cells of a run (of its distinct volumes where there are no cells).

    ``descriptors`` are the columns that the models of the bundle may look at.
    """
    table: Table = data.cells if len(data.cells) else data.distinct
    volumes, first = np.unique(table.volume, return_index=True)
    frame = data.volumes[list(descriptors)].iloc[volumes]
    ranges = frame_ranges(frame, "descriptor")
    designs = np.unique(table.design[table.design >= 0])
    if len(designs):
        ranges += frame_ranges(data.designs.iloc[designs], "scalar")
    if physics and len(designs):
        joined = JoinedQuantities.over(tuple(physics), data.volumes, data.designs)
        ranges += joined_ranges(joined, table.volume, table.design)
    varying = tuple(item.name for item in ranges if item.kind == "descriptor" and item.low < item.high)
    return Support(
        ranges=ranges,
        neighbours=neighbours_of(frame, varying, table.volume_group[first], seed),
        volumes=frozenset(map(str, frame.index)),
        designs=frozenset(map(str, data.designs.index[designs])),
    )


def save_residuals(residuals: Sequence[Residuals], folder: Path) -> None:
    """Write ``intervals.json``."""
    write_json(folder / INTERVALS, {"levels": LEVELS, "residuals": [asdict(item) for item in residuals]})


def load_residuals(folder: Path) -> tuple[Residuals, ...]:
    """Load residuals written by ``save_residuals``; ModelError names the file that cannot be read."""
    path = folder / INTERVALS
    try:
        read: tuple[Residuals, ...] = typed(tuple[Residuals, ...], _read(path)["residuals"], "residuals")
    except (KeyError, TypeError) as error:
        raise ModelError(f"{path}: expected the residuals of a bundle, got: {error!r}") from error
    for item in read:
        if lacking := set(map(level_name, LEVELS)).difference(item.half_width):
            raise ModelError(f"{path}: {item.model} for {item.target} lacks the half width at level {min(lacking)}")
    return read


def _read(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: expected readable JSON, got: {error}") from error
    if not isinstance(values, Mapping):
        raise ModelError(f"{path}: expected a JSON object")
    return values
