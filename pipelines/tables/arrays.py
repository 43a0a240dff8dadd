"""The run tables as arrays: positions of volumes and designs, their groups, and the targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...errors import RunError
from ...schema import BUILT_IN, Contract
from .groups import Groups

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
    censored: NDArray[np.bool_]
    """Whether a life is only known to exceed the cap."""
    measured: NDArray[np.bool_]
    """Whether a life was seen to its end."""
    last_cycle: NDArray[np.float64]
    contract: Contract = BUILT_IN

    def __len__(self) -> int:
        return len(self.row)

    @property
    def groups(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Group by the position of a volume, and of a design; the last entry, where rows have no design (-1), is -1."""
        return _by_position(self.volume, self.volume_group), _by_position(self.design, self.design_group)

    @property
    def life_bounds(self) -> tuple[float, float]:
        """Bounds of a life: at least one cycle, at most the cap that censored rows carry."""
        if LIFE not in self.targets:
            return -np.inf, np.inf
        capped = self.targets[LIFE][self.censored]
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
    generator: NDArray[np.int32]
    """Origin of each of ``volumes``, as a number; -1 where it is unknown."""

    @property
    def contract(self) -> Contract:
        """Contract of the columns of the tables."""
        return self.cells.contract

    def table(self, target: str) -> Table:
        """The rows that a target is learned and scored on."""
        return self.distinct if self.contract.volume_only(target) else self.cells


def read_rows(path: Path, contract: Contract = BUILT_IN) -> pd.DataFrame:
    """The columns of a run table ``rows`` that ``data_of`` needs.

    Words are kept once each and numbered, which at a million rows takes a tenth of the memory.
    """
    words = ["volume_digest", "design_digest", "cycle_life_status"]
    targets = (*contract.cell_targets, *contract.volume_targets)
    numbers = ["row", *contract.scalar_columns, *targets, "last_cycle"]
    with pq.ParquetFile(path, read_dictionary=words) as file:
        table = file.read(columns=[*words, *numbers])
    # Each column is freed as it is converted.
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return frame


def data_of(rows: pd.DataFrame, features: pd.DataFrame, groups: Groups, contract: Contract = BUILT_IN) -> Data:
    """Arrays of the run tables ``rows`` and ``features``.

    Columns are taken one by one and never the whole frame, which at a million rows would be the
    largest thing in memory. Raises RunError where a volume of ``rows`` has no features or no group.
    """
    volumes = features.set_index("volume_digest").drop(columns="status")
    volumes = volumes.select_dtypes(["number", "bool"]).astype(np.float64)
    lost = set(rows["volume_digest"].unique()) - set(volumes.index)
    if lost:
        raise RunError(f"features.parquet lacks {len(lost)} volumes of rows.parquet, among them {min(lost)}")
    is_cell = rows["design_digest"].notna().to_numpy()
    scalars = {scalar.column: scalar.name for scalar in contract.scalars}
    first = np.flatnonzero(is_cell & ~rows["design_digest"].duplicated().to_numpy())
    designs = rows[["design_digest", *scalars]].iloc[first].astype({"design_digest": object})
    designs = designs.set_index("design_digest").rename(columns=scalars).astype(np.float64)
    known: Any = {"volumes": volumes.index, "designs": designs.index, "groups": groups, "contract": contract}
    return Data(
        cells=_table(rows, is_cell, contract.cell_targets, **known),
        distinct=_table(rows, ~is_cell, contract.volume_targets, **known),
        volumes=volumes,
        designs=designs,
        generator=np.array([groups.generator.get(digest, -1) for digest in volumes.index], np.int32),
    )


def _table(
    rows: pd.DataFrame,
    wanted: NDArray[np.bool_],
    targets: tuple[str, ...],
    *,
    volumes: pd.Index,
    designs: pd.Index,
    groups: Groups,
    contract: Contract,
) -> Table:
    # A row without any target (a failed simulation) is neither learned from nor tested.
    some = np.zeros(len(rows), bool)
    for name in targets:
        some |= rows[name].notna().to_numpy()
    kept = np.flatnonzero(wanted & some)
    volume, volume_group = _placed(rows["volume_digest"].iloc[kept], volumes, groups.volume)
    design, design_group = _placed(rows["design_digest"].iloc[kept], designs, groups.design)
    status = rows["cycle_life_status"].iloc[kept]
    return Table(
        row=rows["row"].to_numpy(np.int32)[kept],
        volume=volume,
        design=design,
        volume_group=volume_group,
        design_group=design_group,
        targets={name: rows[name].to_numpy(np.float64)[kept] for name in targets},
        censored=(status == "censored").to_numpy(bool),
        measured=(status == "measured").to_numpy(bool),
        last_cycle=rows["last_cycle"].to_numpy(np.float64)[kept],
        contract=contract,
    )


def _by_position(position: NDArray[np.int32], group: NDArray[np.int32]) -> NDArray[np.int32]:
    found = np.full(position.max(initial=-1) + 2, -1, np.int32)
    found[position] = group
    return found


def _placed(
    digests: pd.Series, index: pd.Index, groups: Mapping[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """int32[n] each: the position of every digest in ``index``, and its group; -1 for null.

    Digests repeat, so only the distinct ones are looked up.
    """
    code, names = pd.factorize(digests)
    try:
        group = [groups[digest] for digest in names]
    except KeyError as error:
        raise RunError(f"groups.parquet lacks the digest {error.args[0]} of rows.parquet") from error
    null = [-1]  # factorize numbers null -1, which takes the last
    positions = np.array([*index.get_indexer(pd.Index(names)), *null], np.int32)
    return positions[code], np.array([*group, *null], np.int32)[code]
