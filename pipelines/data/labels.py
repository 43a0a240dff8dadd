"""A label table: a CSV that supplies properties of the volumes which the Parquet files lack."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...array_types import Float64
from ...errors import DataSetError

LABEL_COLUMNS = ("tau_factor", "D_eff", "porosity_measured")
DELIMITERS = ",;\t"
SAMPLE_KEYS = ("sample_id", "id")
FILE_KEY = "filename"
EMPTY = frozenset({"", "nan", "na", "n/a", "null", "none"})
_WHOLE_NUMBER = re.compile(r"([+-]?)0*(\d+)(?:\.0*)?")


@dataclass(frozen=True)
class Labels:
    """Values by key; ``key`` is the column of the data set that is looked up, ``columns`` what the table has."""

    path: Path
    key: str
    columns: tuple[str, ...]
    values: Mapping[str, tuple[float, ...]]

    def look_up(self, keys: Iterable[object]) -> Mapping[str, Float64]:
        """One float64 array a column, NaN where the table has no value."""
        nothing = (math.nan,) * len(self.columns)
        rows = [self.values.get(key_text(key), nothing) if self.knows(key) else nothing for key in keys]
        table = np.array(rows, np.float64).reshape(len(rows), len(self.columns))
        return {name: table[:, position] for position, name in enumerate(self.columns)}

    def knows(self, key: object) -> bool:
        """Whether the table has a row of this key."""
        return not is_absent(key) and key_text(key) in self.values


def is_absent(key: object) -> bool:
    """Whether a key is none: null, NaN, or text that stands for it."""
    return key is None or str(key).strip().lower() in EMPTY


def key_text(key: object) -> str:
    """A key as text in which 5000, 5000.0, "5000" and "05000" are one and the same."""
    text = str(key).strip()
    match = _WHOLE_NUMBER.fullmatch(text)
    return match[1].replace("+", "") + match[2] if match else text


def read_labels(path: Path, *, by_sample: bool) -> Labels:
    """The label table of a CSV file in UTF-8 with a header; cells may be parted by semicolons or tabs, numbers then hold commas.

    ``by_sample``: the data set has ``sample_id``, so a key column of that kind can be used. Raises
    DataSetError naming the file, and the line where there is one.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            delimiter = delimiter_of(stream.readline())
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            header = [name.strip() for name in next(reader, [])]
            key, columns = _header(path, header, by_sample=by_sample)
            values = _collect(path, _records(reader, header, key, columns, path, comma=delimiter != ","))
    except (OSError, ValueError, csv.Error) as error:
        raise DataSetError(f"label table {path}: expected a readable CSV file in UTF-8, got: {error}") from error
    if not values:
        raise DataSetError(f"label table {path}: no row below the header")
    return Labels(path, FILE_KEY if key == FILE_KEY else SAMPLE_KEYS[0], columns, values)


def delimiter_of(first_line: str) -> str:
    """The delimiter of a table: a comma, or what spreadsheets write where numbers hold decimal commas."""
    return max(DELIMITERS, key=first_line.count)


def _header(path: Path, header: Sequence[str], *, by_sample: bool) -> tuple[str, tuple[str, ...]]:
    keys = (*SAMPLE_KEYS, FILE_KEY) if by_sample else (FILE_KEY,)
    key = next((name for name in keys if name in header), None)
    columns = tuple(name for name in LABEL_COLUMNS if name in header)
    came = ", ".join(header) or "nothing"
    if key is None:
        why = "" if by_sample else " (the data set has no sample_id)"
        raise DataSetError(f"label table {path}: expected a key column {' or '.join(keys)}{why}, got {came}")
    if not columns:
        raise DataSetError(f"label table {path}: expected at least one of {', '.join(LABEL_COLUMNS)}, got {came}")
    doubled = sorted(name for name in (key, *columns) if header.count(name) > 1)
    if doubled:
        raise DataSetError(f"label table {path}: the column {doubled[0]!r} is there more than once")
    return key, columns


Record = tuple[int, str, tuple[float, ...]]


def _records(
    reader: Iterator[list[str]], header: Sequence[str], key: str, columns: Sequence[str], path: Path, *, comma: bool
) -> Iterator[Record]:
    at_key = header.index(key)
    at = [header.index(name) for name in columns]
    for line, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise DataSetError(f"label table {path}, row {line}: {len(cells)} cells, expected {len(header)}")
        numbers = tuple(
            _number(cells[position].replace(",", ".") if comma else cells[position], header[position], line, path)
            for position in at
        )
        yield line, cells[at_key].strip(), numbers


def _number(text: str, column: str, line: int, path: Path) -> float:
    if text.strip().lower() in EMPTY:
        return math.nan
    try:
        return float(text)
    except ValueError as error:
        raise DataSetError(f"label table {path}, row {line}: {column} is {text!r}, expected a number") from error


def _collect(path: Path, records: Iterable[Record]) -> Mapping[str, tuple[float, ...]]:
    values: dict[str, tuple[float, ...]] = {}
    for line, name, numbers in records:
        if is_absent(name):
            raise DataSetError(f"label table {path}, row {line}: the key is empty")
        known = values.setdefault(key_text(name), numbers)
        if not np.array_equal(known, numbers, equal_nan=True):
            raise DataSetError(f"label table {path}, row {line}: {name!r} was given before with other values")
    return values
