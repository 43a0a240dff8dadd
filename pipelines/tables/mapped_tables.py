"""The tables of a large run as memory holds them, so that all workers look at the same pages instead of copies of their own.

Arrow files beside the Parquet tables that they were made from, uncompressed and in one piece, which a process maps
and takes its arrays from as they lie. They are made once a run, hold nothing that the Parquet tables do not, and count only while
those have not changed since; a run without them reads the Parquet tables, each process for itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as pa_feather
import pyarrow.parquet as pq

from ... import __version__
from ...schema import Contract
from ..runs.atomic import replacing, write_json
from .arrays import Data, Table

MAPPED_ROWS = 100_000
"""Rows of a run from which on its tables are mapped: fewer are soon read, and copies of them are small."""

_TARGET = "target:"
_MADE_FROM = "made_from.json"
_FLAGS = ("censored", "measured")
Stamp: TypeAlias = "Mapping[str, Any]"
"""What tells one state of a run's tables from another, as plain values."""


def stamp_of(paths: Sequence[Path]) -> Stamp:
    """Size and time of change of each of these files, and the version of this package."""
    known = {path.name: [path.stat().st_size, path.stat().st_mtime_ns] for path in paths if path.exists()}
    return {"poregrove_version": __version__, "files": known}


def worth_mapping(rows: Path) -> bool:
    """Whether a table of rows is large enough."""
    return bool(pq.read_metadata(rows).num_rows >= MAPPED_ROWS)


def write_mapped(folder: Path, data: Data, stamp: Stamp) -> None:
    """Write the tables of a run; what lies there of another state counts no more."""
    (folder / _MADE_FROM).unlink(missing_ok=True)
    for name in ("cells", "distinct"):
        _write(folder / f"{name}.arrow", _columns(getattr(data, name)))
    for name in ("volumes", "designs"):
        frame: pd.DataFrame = getattr(data, name)
        columns = {str(column): frame[column].to_numpy(np.float64) for column in frame}
        _write(folder / f"{name}.arrow", {"": frame.index.to_numpy(object), **columns})
    _write(folder / "generator.arrow", {"generator": data.generator})
    write_json(folder / _MADE_FROM, stamp)


def read_mapped(folder: Path, stamp: Stamp, contract: Contract) -> Data | None:
    """The tables of a run, mapped into memory and read-only; None where there are none of this state."""
    try:
        if json.loads((folder / _MADE_FROM).read_text(encoding="utf-8")) != stamp:
            return None
        return Data(
            cells=_table(folder / "cells.arrow", contract),
            distinct=_table(folder / "distinct.arrow", contract),
            volumes=_frame(folder / "volumes.arrow", "volume_digest"),
            designs=_frame(folder / "designs.arrow", "design_digest", kind=object),
            generator=_arrays(folder / "generator.arrow")["generator"],
        )
    except (OSError, ValueError, KeyError, TypeError):  # absent or half removed: the Parquet tables have it all
        return None


def _columns(table: Table) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays of a table by name, truth values as bytes."""
    names = [item.name for item in fields(Table) if item.name not in {"targets", "contract"}]
    plain = {name: getattr(table, name) for name in names}
    return {
        **{name: array.view(np.uint8) if name in _FLAGS else array for name, array in plain.items()},
        **{f"{_TARGET}{name}": array for name, array in table.targets.items()},
    }


def _write(path: Path, columns: Mapping[str, np.ndarray[Any, Any]]) -> None:
    table = pa.table({name: pa.array(array) for name, array in columns.items()})
    with replacing(path) as temporary:
        # one chunk, so that a column is one array
        pa_feather.write_feather(table, str(temporary), compression="uncompressed", chunksize=max(1, len(table)))


def _table(path: Path, contract: Contract) -> Table:
    arrays = _arrays(path)
    targets = {name.removeprefix(_TARGET): array for name, array in arrays.items() if name.startswith(_TARGET)}
    plain = {name: array for name, array in arrays.items() if not name.startswith(_TARGET)}
    plain |= {name: plain[name].view(np.bool_) for name in _FLAGS}
    return Table(**plain, targets=targets, contract=contract)


def _frame(path: Path, index: str, *, kind: type | None = None) -> pd.DataFrame:
    arrays = _arrays(path)
    names = pd.Index(arrays.pop(""), name=index, dtype=kind)
    return pd.DataFrame(arrays, index=names, copy=False)


def _arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of a file: mapped where they are numbers, words as objects."""
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    return {
        name: _whole(table[name]).to_numpy(zero_copy_only=not pa.types.is_string(table[name].type))
        for name in table.column_names
    }


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, as it was written; a new one where there are no rows."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
