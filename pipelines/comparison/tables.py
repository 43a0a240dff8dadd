"""The run tables as arrays: positions of volumes and designs, their groups, and the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import RunError
from ...schema import SCALARS, TARGET_BY_NAME
from .groups import Groups
from .rows import CELL_TARGETS, VOLUME_TARGETS

LIFE = "projected_cycle_life"
_FIRST_CYCLE = 1.0


@dataclass(frozen=True, eq=False)
class Table:
    """n rows of one kind, cells or distinct volumes, with at least one target each.

    ``volume`` and ``design`` are positions in the tables of descriptors and of designs (-1 for the
    rows of distinct volumes); the groups are what splits keep together. ``targets`` hold float64[n].
    """

    row: NDArray[np.int32]
    volume: NDArray[np.int32]
    design: NDArray[np.int32]
    volume_group: NDArray[np.int32]
    design_group: NDArray[np.int32]
    targets: Mapping[str, NDArray[np.float64]]
    life_status: NDArray[np.object_]
    last_cycle: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def life_bounds(self) -> tuple[float, float]:
        """What a life can be: at least one cycle, at most the cap that censored rows carry."""
        capped = self.targets[LIFE][self.life_status == "censored"]
        return _FIRST_CYCLE, float(capped.max()) if len(capped) else np.inf


@dataclass(frozen=True, eq=False)
class Data:
    """A comparison's tables: cells and distinct volumes over one table of volumes and one of designs."""

    cells: Table
    distinct: Table
    volumes: pd.DataFrame
    """Index: volume digest, in the order of the features table; columns: descriptors, float64."""
    designs: pd.DataFrame
    """Index: design digest; columns: short names of the scalars, float64."""

    def table(self, target: str) -> Table:
        """The rows that a target is learned and scored on."""
        return self.distinct if TARGET_BY_NAME[target].volume_only else self.cells


def data_of(rows: pd.DataFrame, features: pd.DataFrame, groups: Groups) -> Data:
    """Arrays of the run tables ``rows`` and ``features``.

    Raises RunError where a volume of ``rows`` has no features or no group.
    """
    volumes = features.set_index("volume_digest").drop(columns="status")
    volumes = volumes.select_dtypes(["number", "bool"]).astype(np.float64)
    lost = set(rows["volume_digest"]) - set(volumes.index)
    if lost:
        raise RunError(f"features.parquet lacks {len(lost)} volumes of rows.parquet, among them {min(lost)}")
    is_cell = rows["design_digest"].notna().to_numpy()
    scalars = {scalar.column: scalar.name for scalar in SCALARS}
    designs = rows[is_cell].drop_duplicates("design_digest").set_index("design_digest")[list(scalars)]
    designs = designs.rename(columns=scalars).astype(np.float64)
    return Data(
        cells=_table(rows[is_cell], CELL_TARGETS, volumes.index, designs.index, groups),
        distinct=_table(rows[~is_cell], VOLUME_TARGETS, volumes.index, designs.index, groups),
        volumes=volumes,
        designs=designs,
    )


def _table(rows: pd.DataFrame, targets: tuple[str, ...], volumes: pd.Index, designs: pd.Index, groups: Groups) -> Table:
    # A row without any target (a failed simulation) is neither learned from nor tested.
    rows = rows[rows[list(targets)].notna().any(axis=1).to_numpy()]
    try:
        volume_group = [groups.volume[digest] for digest in rows["volume_digest"]]
        design_group = [-1 if pd.isna(digest) else groups.design[digest] for digest in rows["design_digest"]]
    except KeyError as error:
        raise RunError(f"groups.parquet lacks the digest {error.args[0]} of rows.parquet") from error
    return Table(
        row=rows["row"].to_numpy(np.int32),
        volume=volumes.get_indexer(pd.Index(rows["volume_digest"])).astype(np.int32),
        design=designs.get_indexer(pd.Index(rows["design_digest"])).astype(np.int32),
        volume_group=np.array(volume_group, np.int32),
        design_group=np.array(design_group, np.int32),
        targets={name: rows[name].to_numpy(np.float64) for name in targets},
        life_status=rows["cycle_life_status"].to_numpy(object),
        last_cycle=rows["last_cycle"].to_numpy(np.float64),
    )
