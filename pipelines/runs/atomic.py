"""Tables that appear whole or not at all, in the format that their suffix says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather as pa_feather
import pyarrow.parquet as pq

from ...errors import SettingsError
from ...files import TEMPORARY_SUFFIX, clear_leftovers, replacing, write_json, write_text

__all__ = [
    "TABLE_SUFFIXES",
    "TEMPORARY_SUFFIX",
    "check_suffix",
    "check_table_suffix",
    "clear_leftovers",
    "replacing",
    "write_json",
    "write_parquet",
    "write_table",
    "write_text",
]

TABLE_SUFFIXES = (".parquet", ".csv", ".feather", ".arrow")
"""Formats of tables; the last two are one format, Arrow IPC."""


def check_table_suffix(path: Path) -> Path:
    """The path if its suffix names a format that tables are written in, else SettingsError."""
    return check_suffix(path, TABLE_SUFFIXES)


def check_suffix(path: Path, suffixes: Sequence[str]) -> Path:
    """The path if its suffix, large or small, is one of those of what is written there, else SettingsError."""
    if path.suffix.lower() not in suffixes:
        got = f"{path.suffix!r}" if path.suffix else "none"
        raise SettingsError(f"--out {path}: expected a name that ends in {', '.join(suffixes)}, got {got}")
    return path


def write_table(path: Path, table: pa.Table | pd.DataFrame, *, unit_heads: bool = False) -> None:
    """Write a table atomically as Parquet, CSV or Arrow IPC, as its suffix says.

    CSV has no place for the metadata of fields: with ``unit_heads`` a column whose field states a ``unit`` is named
    ``column [unit]`` there, as the inputs of data sets are. Undefined values are empty. Raises SettingsError for any other
    suffix.
    """
    suffix = check_table_suffix(path).suffix.lower()
    if suffix == ".parquet":
        write_parquet(path, table)
        return
    whole = _as_table(table)
    with replacing(path) as temporary:
        if suffix == ".csv":
            named = whole.rename_columns([_with_unit(field) for field in whole.schema]) if unit_heads else whole
            pa_csv.write_csv(named, temporary, pa_csv.WriteOptions(quoting_style="needed"))
        else:
            # files that any Arrow reader maps into memory as they are
            pa_feather.write_feather(whole, str(temporary), compression="uncompressed")


def write_parquet(path: Path, table: pa.Table | pd.DataFrame) -> None:
    """Write a table as zstd Parquet atomically."""
    whole = _as_table(table)
    with replacing(path) as temporary:
        pq.write_table(whole, temporary, compression="zstd")


def _with_unit(field: Any) -> str:
    unit = (field.metadata or {}).get(b"unit", b"-").decode()
    return str(field.name) if unit in ("", "-") or field.name.endswith("]") else f"{field.name} [{unit}]"


def _as_table(table: pa.Table | pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False) if isinstance(table, pd.DataFrame) else table
