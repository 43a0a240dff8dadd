"""The run table ``rows``: cell rows with their targets, then one row a distinct volume with its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...schema import BUILT_IN, Contract, rows_schema
from ..data.designs import design_digests

NonPercolating = Literal["drop", "keep"]


@dataclass(frozen=True)
class LeftOut:
    """Input rows that the comparison does without, by the first reason that applies."""

    missing_image: int = 0
    unreadable_image: int = 0
    impossible_cell: int = 0

    @property
    def total(self) -> int:
        """Rows left out for any reason."""
        return self.missing_image + self.unreadable_image + self.impossible_cell


def build_rows(
    observations: pd.DataFrame,
    volumes: pd.DataFrame,
    *,
    non_percolating: NonPercolating = "drop",
    contract: Contract = BUILT_IN,
) -> pd.DataFrame:
    """The table ``schema.rows_schema`` of a data set.

    Cell rows come first, in order, with the cell targets (NaN where the simulation failed); ``row``
    is their position in the data set. Then one row a distinct volume carries the volume-only
    targets, the median of what its rows say; their ``row`` continues after the data set's last.
    Rows without a readable volume are left out, and so, unless ``non_percolating="keep"``, are cells of
    volumes through which nothing can flow; ``count_left_out`` counts them.
    """
    known = _with_volumes(observations, volumes, contract)
    usable = known[(known["volume_status"] == "ok").to_numpy()]
    cells = usable[~_without_path(usable)] if non_percolating == "drop" else usable
    parts = [_cell_rows(cells, contract), _volume_rows(usable, len(observations), contract)]
    return pd.concat(parts, ignore_index=True)


def count_left_out(
    observations: pd.DataFrame,
    volumes: pd.DataFrame,
    *,
    non_percolating: NonPercolating = "drop",
    contract: Contract = BUILT_IN,
) -> LeftOut:
    """Number of input rows that ``build_rows`` leaves out, and why."""
    known = _with_volumes(observations, volumes, contract)
    status = known["volume_status"]
    usable = known[(status == "ok").to_numpy()]
    return LeftOut(
        missing_image=int((status == "missing").sum()),
        unreadable_image=int((status == "unreadable").sum()),
        impossible_cell=int(_without_path(usable).sum()) if non_percolating == "drop" else 0,
    )


def _with_volumes(observations: pd.DataFrame, volumes: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Columns of the observations for the run table, beside their volume's status, digest and percolation.

    A row whose volume was never looked at counts as missing.
    """
    names = (*rows_schema(contract).names, "failed")
    known = observations[[name for name in names if name in observations]].copy()
    known["design_digest"] = design_digests(observations, contract.scalar_columns)
    looked_at = volumes.set_index("filename")
    for name, column in (("volume_status", "status"), ("volume_digest", "volume_digest"), ("percolates", "percolates")):
        known[name] = observations["filename"].map(looked_at[column])
    known["volume_status"] = known["volume_status"].fillna("missing")
    return known


def _without_path(known: pd.DataFrame) -> pd.Series:
    return ~known["percolates"].astype(bool)


def _cell_rows(known: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    failed = known["failed"].to_numpy(bool)
    changed: dict[str, Any] = {name: known[name].mask(failed) for name in contract.cell_targets}
    changed |= dict.fromkeys(contract.volume_targets, np.nan)
    cells = known.assign(**changed)
    return _as_rows(cells, _nullable(cells["param_id"]), contract)


def _volume_rows(known: pd.DataFrame, first: int, contract: Contract) -> pd.DataFrame:
    by_volume = known.groupby("volume_digest", sort=False)
    distinct = by_volume[list(contract.volume_targets)].median().reset_index()
    distinct["sample_id"] = by_volume["sample_id"].first().to_numpy()
    distinct["row"] = np.arange(first, first + len(distinct))
    for name in (*contract.scalar_columns, *contract.cell_targets, "last_cycle"):
        distinct[name] = np.nan
    for name in ("design_digest", "cycle_life_status"):
        distinct[name] = pd.Series([None] * len(distinct), dtype=object)
    # An empty slice keeps the type of the key, so that both halves of the table agree on it.
    nothing = _nullable(known["param_id"].iloc[:0]).reindex(distinct.index)
    return _as_rows(distinct, nothing, contract)


def _nullable(keys: pd.Series) -> pd.Series:
    """Keys in a type that can hold null beside them: integers stay integers."""
    return keys.astype("Int64") if pd.api.types.is_integer_dtype(keys) else keys.astype(object)


def _as_rows(frame: pd.DataFrame, param_id: pd.Series, contract: Contract) -> pd.DataFrame:
    fields = rows_schema(contract).fields
    kinds = {item.name: "object" if item.kind == "string" else item.kind for item in fields if item.kind != "source"}
    return frame.assign(param_id=param_id)[[item.name for item in fields]].astype(kinds)
