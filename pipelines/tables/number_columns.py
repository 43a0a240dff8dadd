"""Columns of numbers of a table file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ...errors import DataSetError, SettingsError, did_you_mean


def number_columns(path: Path, names: Sequence[str]) -> pd.DataFrame:
    """Columns of a .parquet, .csv, .feather or .arrow file as float64.

    Raises DataSetError for a file that cannot be read, SettingsError for a column that is not there or holds no numbers.
    """
    readers = {".parquet": pd.read_parquet, ".csv": pd.read_csv, ".feather": pd.read_feather, ".arrow": pd.read_feather}
    if path.suffix not in readers:
        raise DataSetError(f"{path}: expected a table that ends in {', '.join(readers)}")
    options = {"comment": "#"} if path.suffix == ".csv" else {}
    try:
        table: pd.DataFrame = readers[path.suffix](path, **options)  # type: ignore[operator]
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataSetError(f"{path}: expected a readable table, got: {error}") from error
    for name in names:
        if name not in table:
            raise SettingsError(f"{path} has no column {name!r}{did_you_mean(name, map(str, table.columns))}")
        if not (pd.api.types.is_numeric_dtype(table[name]) or table[name].isna().all()):
            raise SettingsError(f"{path}: the column {name!r} holds no numbers")
    return table[list(dict.fromkeys(names))].astype(float)
