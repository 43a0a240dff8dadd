"""One file of a table as Arrow columns: Parquet block by block, CSV whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from .labels import delimiter_of
from .paths import CSV_SUFFIXES

BUFFER_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 24
"""A row of a CSV file must lie in one block, and types are those of the first: a trace as JSON is long."""
_LONGEST_LINE = 1 << 16
READING_ERRORS = (OSError, UnicodeDecodeError, pa.ArrowException)
"""Errors of a file that cannot be read."""


class TableFile(Protocol):
    """An open file of rows."""

    @property
    def schema_arrow(self) -> Any:
        """Names and types of its columns."""
        ...

    @property
    def metadata(self) -> Any:
        """Row groups as Parquet declares them; None for CSV."""
        ...

    def iter_batches(self, batch_size: int, columns: Sequence[str], *, use_threads: bool) -> Iterator[Any]:
        """Its rows in order, at most ``batch_size`` at a time, with just these columns (a member of one: ``name.member``)."""
        ...


@dataclass(frozen=True)
class _CsvFile:
    table: Any
    metadata: None = None

    @property
    def schema_arrow(self) -> Any:
        return self.table.schema

    def iter_batches(self, batch_size: int, columns: Sequence[str], *, use_threads: bool) -> Iterator[Any]:
        del use_threads
        yield from self.table.select(list(columns)).combine_chunks().to_batches(max_chunksize=batch_size)


@contextmanager
def opened(path: Path) -> Iterator[TableFile]:
    """A Parquet or, by its suffix, CSV file. Raises OSError and ArrowException where it cannot be read."""
    if is_csv(path):
        yield _CsvFile(read_csv(path))
        return
    with pq.ParquetFile(path, buffer_size=BUFFER_BYTES) as file:
        yield file


def row_count(file: TableFile) -> int:
    """Rows of an open file."""
    return file.table.num_rows if isinstance(file, _CsvFile) else int(file.metadata.num_rows)


def column_names(path: Path) -> tuple[str, ...]:
    """Names of the columns of a file. Raises as ``opened``."""
    with opened(path) as file:
        return tuple(file.schema_arrow.names)


def is_csv(path: Path) -> bool:
    """Whether a file is taken for CSV, which its suffix says."""
    return path.suffix.lower() in CSV_SUFFIXES


def read_csv(path: Path) -> Any:
    """A table of cells parted by commas, or by semicolons or tabs, where numbers hold decimal commas; empty cells are null.

    Raises OSError and ArrowException where it cannot be read.
    """
    with path.open("rb") as stream:
        delimiter = delimiter_of(stream.readline(_LONGEST_LINE).decode("utf-8", "replace"))
        decimal = "," if delimiter != "," and b"," in stream.readline(_LONGEST_LINE) else "."
    return pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
        convert_options=pyarrow.csv.ConvertOptions(decimal_point=decimal, strings_can_be_null=True),
    )
