"""The table of a data set under a contract: Parquet or CSV files, whole, with all their columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from ...errors import DataSetError
from .labels import delimiter_of
from .paths import PARQUET_SUFFIXES, partition_values

CSV_SUFFIXES = (".csv",)
_LONGEST_LINE = 1 << 16
RUN = "identity.json"
"""File that every run folder has."""


def table_files(data: Path, images: Path) -> tuple[Path, ...]:
    """The tables of a data set in the order of their paths: the file itself, or those of a folder at any depth.

    Where a folder holds Parquet files its CSV files are taken for copies and left out, and so are the image
    folder, and whatever lies in the folder of a run. Raises DataSetError where there is none.
    """
    if data.is_file():
        return (data,)
    if not data.is_dir():
        raise DataSetError(f"{data}: expected a Parquet or CSV file, or a folder of them, found nothing there")
    inside = images.resolve() != data.resolve()
    runs = {path.parent for path in data.rglob(RUN)}
    for suffixes in (PARQUET_SUFFIXES, CSV_SUFFIXES):
        found = [
            path
            for path in data.rglob("*")
            if path.name.lower().endswith(suffixes)
            and not path.name.startswith((".", "_"))
            and not runs.intersection(path.parents)
        ]
        if inside:
            found = [path for path in found if not path.resolve().is_relative_to(images.resolve())]
        if found:
            return tuple(sorted(found, key=Path.as_posix))
    raise DataSetError(f"{data}: the folder holds no table (looked for *.parquet, *.pq and *.csv at any depth)")


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
        if path.suffix.lower() in CSV_SUFFIXES:
            found: pd.DataFrame = read_csv(path).to_pandas()
        else:
            with pq.ParquetFile(path) as file:
                found = file.read().to_pandas()
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise DataSetError(f"{path}: expected a readable Parquet or CSV table, got: {error}") from error
    if doubled := [str(name) for name in found.columns[found.columns.duplicated()]]:
        raise DataSetError(f"{path}: the column {doubled[0]!r} is there more than once")
    return found


def read_csv(path: Path) -> pa.Table:
    """A table of cells parted by commas, or by semicolons or tabs, where numbers hold decimal commas; empty cells are null.

    Raises OSError and ArrowException where it cannot be read.
    """
    with path.open("rb") as stream:
        delimiter = delimiter_of(stream.readline(_LONGEST_LINE).decode("utf-8", "replace"))
        decimal = "," if delimiter != "," and b"," in stream.readline(_LONGEST_LINE) else "."
    return pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
        convert_options=pyarrow.csv.ConvertOptions(decimal_point=decimal, strings_can_be_null=True),
    )


def _read(path: Path, data: Path) -> pd.DataFrame:
    found = read_plain_table(path)
    values = {name: value for name, value in partition_values(data, path).items() if name not in found}
    return found.assign(**values)
