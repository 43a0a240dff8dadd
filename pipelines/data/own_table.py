"""The table of a data set under a contract: Parquet or CSV files, whole, with all their columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from ...errors import DataSetError
from .paths import partition_values
from .table_file import READING_ERRORS, is_csv, read_csv


def read_tables(files: Iterable[Path], data: Path) -> pd.DataFrame:
    """The rows of all files one after the other; columns are those of any file, and of the names of folders.

    Raises DataSetError naming a file that cannot be read, and where there is no row.
    """
    frames = [_read(path, data) for path in files]
    table = pd.concat(frames, ignore_index=True)
    if table.empty:
        raise DataSetError(f"{data}: {len(frames)} table(s) and no row in them")
    return table


def read_plain_table(path: Path) -> pd.DataFrame:
    """The rows of one Parquet or CSV file; DataSetError naming the file where it cannot be read."""
    try:
        if is_csv(path):
            found: pd.DataFrame = read_csv(path).to_pandas()
        else:
            with pq.ParquetFile(path) as file:
                found = file.read().to_pandas()
    except READING_ERRORS as error:
        raise DataSetError(f"{path}: expected a readable Parquet or CSV table, got: {error}") from error
    if doubled := [str(name) for name in found.columns[found.columns.duplicated()]]:
        raise DataSetError(f"{path}: the column {doubled[0]!r} is there more than once")
    return found


def _read(path: Path, data: Path) -> pd.DataFrame:
    found = read_plain_table(path)
    values = {name: value for name, value in partition_values(data, path).items() if name not in found}
    return found.assign(**values)
