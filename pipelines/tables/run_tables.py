"""Loading of a run's tables from its folder, once a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ...schema import Contract
from ..data.contract_file import run_contract
from ..runs.folder import RunFolder
from .arrays import Data, data_of, read_rows
from .groups import Groups
from .mapped_tables import read_mapped, stamp_of, worth_mapping, write_mapped

TABLES = ("rows", "features", "groups")
"""Run tables that the jobs read, so that no process need be sent them."""


def load_data(run_dir: Path) -> Data:
    """The tables of a run as arrays, read once a process while their files stay the same; mapped where that was prepared."""
    paths = _paths(run_dir)
    return _load(paths, tuple(path.stat().st_mtime_ns for path in paths), run_contract(run_dir))


def share_data(run_dir: Path) -> None:
    """Prepare the tables of a large run so that all processes share what ``load_data`` gives them; does nothing for a small one."""
    folder, contract = RunFolder(run_dir), run_contract(run_dir)
    paths, stamp = _paths(run_dir), _stamp(run_dir)
    if not worth_mapping(folder.rows) or read_mapped(folder.mapped, stamp, contract) is not None:
        return
    write_mapped(folder.mapped, _read(paths, contract), stamp)
    _load.cache_clear()


def _paths(run_dir: Path) -> tuple[Path, ...]:
    return tuple(run_dir / f"{name}.parquet" for name in TABLES)


def _stamp(run_dir: Path) -> dict[str, object]:
    return dict(stamp_of((*_paths(run_dir), RunFolder(run_dir).contract)))


@lru_cache(maxsize=1)
def _load(paths: tuple[Path, ...], _changed: tuple[int, ...], contract: Contract) -> Data:
    run_dir = paths[0].parent
    mapped = read_mapped(RunFolder(run_dir).mapped, _stamp(run_dir), contract)
    return _read(paths, contract) if mapped is None else mapped


def _read(paths: tuple[Path, ...], contract: Contract) -> Data:
    rows, features, groups = paths
    known = Groups.from_frame(pd.read_parquet(groups))
    data = data_of(read_rows(rows, contract), pd.read_parquet(features), known, contract)
    # Arrow keeps what it read from for its next file; there is none, and the models need the memory.
    pa.default_memory_pool().release_unused()
    return data
