"""Loading of a run's tables from its folder, once a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ...schema import Contract
from ..data.contract_file import run_contract
from .arrays import Data, data_of, read_rows
from .groups import Groups

TABLES = ("rows", "features", "groups")
"""Run tables that the jobs read, so that no process need be sent them."""


def load_data(run_dir: Path) -> Data:
    """The tables of a run as arrays, read once a process while their files stay the same."""
    paths = tuple(run_dir / f"{name}.parquet" for name in TABLES)
    return _load(paths, tuple(path.stat().st_mtime_ns for path in paths), run_contract(run_dir))


@lru_cache(maxsize=1)
def _load(paths: tuple[Path, ...], _changed: tuple[int, ...], contract: Contract) -> Data:
    rows, features, groups = paths
    known = Groups.from_frame(pd.read_parquet(groups))
    data = data_of(read_rows(rows, contract), pd.read_parquet(features), known, contract)
    # Arrow keeps what it read from for its next file; there is none, and the models need the memory.
    pa.default_memory_pool().release_unused()
    return data
