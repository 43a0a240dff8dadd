"""JSON and Parquet files that appear whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ...files import TEMPORARY_SUFFIX, clear_leftovers, replacing, write_text

__all__ = ["TEMPORARY_SUFFIX", "clear_leftovers", "replacing", "write_json", "write_parquet", "write_text"]


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write strict JSON atomically; a NaN in ``value`` is a ValueError, not a token no parser reads."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_parquet(path: Path, table: pa.Table | pd.DataFrame) -> None:
    """Write a table as zstd Parquet atomically."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")
