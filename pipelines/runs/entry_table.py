"""One file of an entry's predictions: its columns in their types, finite, of targets and regimes that there are."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import EntryError
from ...schema import REGIME_BY_NAME, Contract
from .entry_metadata import EntryMetadata, metadata_of, parsed

KEYS = ("target", "regime", "repeat", "fold", "row")
"""Columns that say what a prediction is of."""
BOUNDS = ("y_lo", "y_hi")
METADATA = b"poregrove.entry"
"""Key of Parquet metadata under which an entry may describe itself, as JSON."""
_PANDAS = b"PANDAS_ATTRS"
_SHOWN = 3


def read_entry_table(path: Path, contract: Contract) -> tuple[pd.DataFrame, EntryMetadata]:
    """The predictions in a Parquet or CSV file, and what the file says of the entry.

    Raises EntryError naming the file and the column or the lines that cannot be.
    """
    frame, told = _read(path)
    return _checked(frame, path, contract), told


def _read(path: Path) -> tuple[pd.DataFrame, EntryMetadata]:
    wanted = (*KEYS, "y_pred", *BOUNDS, "folds_digest")
    try:
        if path.suffix == ".csv":
            return pd.read_csv(path, usecols=lambda name: name in wanted, dtype={"folds_digest": str}), EntryMetadata()
        with pq.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if name in wanted]
            metadata = file.schema_arrow.metadata or {}
            frame = file.read(columns=names).to_pandas(ignore_metadata=True)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise EntryError(f"{path}: expected a readable {path.suffix[1:]} table of predictions, got: {error}") from error
    for key in (METADATA, _PANDAS):
        if key in metadata:
            return frame, metadata_of(
                parsed(metadata[key], f"{path}, metadata {key.decode()}"), str(path), strict=key == METADATA
            )
    return frame, EntryMetadata()


def _checked(frame: pd.DataFrame, path: Path, contract: Contract) -> pd.DataFrame:
    """The columns in their types; EntryError for one that is missing or holds what it cannot."""
    missing = [name for name in (*KEYS, "y_pred") if name not in frame]
    if missing:
        raise EntryError(f"{path}: missing column {', '.join(missing)}; expected {', '.join((*KEYS, 'y_pred'))}")
    if frame.empty:
        raise EntryError(f"{path}: holds no prediction")
    if (given := [name for name in BOUNDS if name in frame]) and len(given) < len(BOUNDS):
        raise EntryError(f"{path}: expected both y_lo and y_hi or neither, got {given[0]} alone")
    columns: dict[str, Any] = {}
    for name, known in (("target", contract.by_name), ("regime", REGIME_BY_NAME)):
        columns[name] = _words(frame[name], name, known, path)
    for name in ("repeat", "fold", "row"):
        columns[name] = _whole(frame[name], name, path)
    for name in ("y_pred", *BOUNDS):
        columns[name] = _numbers(frame[name], name, path) if name in frame else np.full(len(frame), np.nan)
    checked = pd.DataFrame(columns)
    _refuse(checked, ~np.isfinite(checked["y_pred"]), "a y_pred that is not a finite number", path)
    _refuse(checked, checked["y_lo"] > checked["y_hi"], "a y_lo above y_hi", path)
    return checked.assign(folds_digest=frame["folds_digest"].astype(object) if "folds_digest" in frame else None)


def _words(values: pd.Series, name: str, known: Mapping[str, Any], path: Path) -> pd.Series:
    found = values.astype(object)
    for word in found.unique():
        if word not in known:
            near = get_close_matches(str(word), known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise EntryError(f"{path}: unknown {name} {word!r}; {hint}known: {', '.join(known)}")
    return found


def _numbers(values: pd.Series, name: str, path: Path) -> Any:
    try:
        return pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise EntryError(f"{path}: expected numbers in the column {name}, got: {error}") from error


def _whole(values: pd.Series, name: str, path: Path) -> Any:
    numbers = _numbers(values, name, path)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.isfinite(numbers) & (numbers == np.floor(numbers)) & (numbers >= 0) & (numbers < 2**31))
    if wrong.any():
        raise EntryError(f"{path}: expected whole numbers from 0 in the column {name}, got {numbers[wrong][0]:g}")
    return numbers.astype(np.int32)


def refuse_twice(frame: pd.DataFrame, path: Path) -> None:
    """EntryError where a row of a fold is predicted more than once."""
    again = frame.duplicated(list(KEYS), keep="first")
    _refuse(frame, again, "a row that is predicted twice", path)


def _refuse(frame: pd.DataFrame, wrong: Any, what: str, path: Path) -> None:
    """EntryError naming the first lines at which ``wrong`` holds."""
    found = frame[np.asarray(wrong)]
    if found.empty:
        return
    shown = "; ".join(
        f"{item.target}, {item.regime}, repeat {item.repeat}, fold {item.fold}, row {item.row}"
        for item in found.head(_SHOWN).itertuples()
    )
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise EntryError(f"{path}: {what}, in {len(found)} of {len(frame)} lines: {shown}{more}")
