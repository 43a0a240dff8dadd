"""Entries: files of predictions that were made elsewhere, read and checked as far as a file alone allows.

Whether they fit the folds and rows of a run is another question, which ``scoring.entries`` asks.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import EntryError
from ...schema import BUILT_IN, OWN, OWN_WITHOUT_IMAGE, REGIME_BY_NAME, Contract

KEYS = ("target", "regime", "repeat", "fold", "row")
"""Columns that say what a prediction is of."""
BOUNDS = ("y_lo", "y_hi")
KINDS = ("network", "booster", "linear", "law", "ensemble", "other")
"""Kinds of entries; a trivial baseline is what skill is measured against, so none can be entered."""
WITHOUT_IMAGE = ":without-image"
"""Behind a name: the same model trained without the image."""
METADATA = b"poregrove.entry"
"""Key of Parquet metadata under which an entry may describe itself, as JSON."""
_PANDAS = b"PANDAS_ATTRS"
_SUFFIXES = (".parquet", ".csv")
_LONGEST = 60
_SHOWN = 3


@dataclass(frozen=True)
class EntryMetadata:
    """Metadata that an entry states; seconds are of all its trainings and predictions together."""

    label: str | None = None
    kind: str = "network"
    reference: str | None = None
    device: str | None = None
    parameters: int | None = None
    seconds_fit: float | None = None
    seconds_predict: float | None = None
    folds_digest: str | None = None


@dataclass(frozen=True, eq=False)
class EntryFile:
    """One file or folder of predictions: columns ``KEYS``, y_pred, y_lo and y_hi, with its SHA-256."""

    path: Path
    features: str
    """``own``, or ``own-without-image``."""
    predictions: pd.DataFrame = field(repr=False)
    sha256: str
    folds_digest: str | None


@dataclass(frozen=True, eq=False)
class Entry:
    """A model of the user's own, by the predictions that it made."""

    name: str
    metadata: EntryMetadata
    files: tuple[EntryFile, ...]

    @property
    def sha256(self) -> tuple[str, ...]:
        """SHA-256 of its files."""
        return tuple(item.sha256 for item in self.files)


def read_entries(
    specifications: Iterable[str], *, taken: Iterable[str] = (), contract: Contract = BUILT_IN
) -> tuple[Entry, ...]:
    """The entries of ``NAME=FILE`` and ``NAME:without-image=FILE`` words, in their order.

    ``taken`` are names of models that no entry may have, targets those of ``contract``. Raises EntryError naming the word or the file, what was
    expected and what came.
    """
    named: dict[str, dict[str, Path]] = {}
    for text in specifications:
        name, features, path = _specification(text)
        if features in named.setdefault(name, {}):
            raise EntryError(f"--entry {text}: {name} is given twice; several files of one entry go into one folder")
        named[name][features] = path
    _refuse_names(named, taken)
    for name, paths in named.items():
        if OWN not in paths:
            raise EntryError(f"{name}{WITHOUT_IMAGE}: expected {name}=FILE beside it, for what the image adds")
    return tuple(_read_entry(name, paths, contract) for name, paths in named.items())


def _specification(text: str) -> tuple[str, str, Path]:
    name, equals, path = text.partition("=")
    if not equals or not name.strip() or not path.strip():
        raise EntryError(f"entry {text!r}: expected NAME=FILE, as in 'My net=predictions.parquet'")
    features = OWN
    if name.endswith(WITHOUT_IMAGE):
        name, features = name.removesuffix(WITHOUT_IMAGE), OWN_WITHOUT_IMAGE
    return name.strip(), features, Path(path.strip())


def _refuse_names(names: Iterable[str], taken: Iterable[str]) -> None:
    known = {name.casefold(): name for name in taken}
    for name in names:
        if len(name) > _LONGEST or not name.isprintable():
            raise EntryError(f"entry {name!r}: expected a name of at most {_LONGEST} printable characters")
        if name.casefold() in known:
            raise EntryError(f"entry {name!r}: {known[name.casefold()]!r} is another model; give yours another name")
        known[name.casefold()] = name


def _read_entry(name: str, paths: Mapping[str, Path], contract: Contract) -> Entry:
    files, metadata = [], EntryMetadata()
    for features in (OWN, OWN_WITHOUT_IMAGE):
        if features in paths:
            file, told = _read_file(paths[features], features, contract)
            files.append(file)
            metadata = told if features == OWN else metadata
    return Entry(name, metadata, tuple(files))


def _read_file(path: Path, features: str, contract: Contract) -> tuple[EntryFile, EntryMetadata]:
    parts = _parts(path)
    frames, told = [], EntryMetadata()
    for part in parts:
        frame, own = _read_table(part)
        frames.append(_checked(frame, part, contract))
        told = told if told != EntryMetadata() else own
    frame = pd.concat(frames, ignore_index=True)
    beside = path / "entry.json" if path.is_dir() else path.with_suffix(".json")
    if beside.is_file():
        told = _metadata(_json(beside), str(beside), strict=True)
    given = [str(value) for value in frame.pop("folds_digest").dropna().unique()]
    digests = list(dict.fromkeys([*given, *([told.folds_digest] if told.folds_digest else [])]))
    if len(digests) > 1:
        raise EntryError(f"{path}: expected predictions of the same folds, got folds_digest {' and '.join(digests)}")
    _refuse_twice(frame, path)
    return EntryFile(path, features, frame, _sha256(path, parts), digests[0] if digests else None), told


def _parts(path: Path) -> list[Path]:
    """The file, or the files of a folder by name."""
    if path.is_dir():
        found = sorted(
            item for item in path.iterdir() if item.suffix in _SUFFIXES and not item.name.startswith((".", "_"))
        )
        if not found:
            raise EntryError(f"{path}: expected a folder with Parquet or CSV files of predictions, found none")
        return found
    if not path.is_file():
        raise EntryError(f"{path}: no such file of predictions")
    if path.suffix not in _SUFFIXES:
        raise EntryError(f"{path}: expected a .parquet or .csv file of predictions, or a folder of them")
    return [path]


def _read_table(path: Path) -> tuple[pd.DataFrame, EntryMetadata]:
    """The table of a file, and its own metadata."""
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
            return frame, _metadata(
                _parsed(metadata[key], f"{path}, metadata {key.decode()}"), str(path), strict=key == METADATA
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


def _refuse_twice(frame: pd.DataFrame, path: Path) -> None:
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


def _json(path: Path) -> Any:
    try:
        return _parsed(path.read_bytes(), str(path))
    except OSError as error:
        raise EntryError(f"{path}: expected readable JSON, got: {error}") from error


def _parsed(text: bytes, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EntryError(f"{where}: expected JSON, got: {error}") from error


def _metadata(values: Any, where: str, *, strict: bool) -> EntryMetadata:
    """Read the metadata of an entry; ``strict`` refuses other keys, which attributes of a table may well have."""
    known = {item.name for item in fields(EntryMetadata)}
    if not isinstance(values, Mapping):
        raise EntryError(f"{where}: expected a JSON object, got {type(values).__name__}")
    if strict and (odd := sorted(set(values) - known)):
        raise EntryError(f"{where}: unknown key {', '.join(odd)}; known: {', '.join(sorted(known))}")
    told = {key: values[key] for key in known & set(values) if values[key] is not None}
    for key, value in told.items():
        told[key] = _told(key, value, where)
    return EntryMetadata(**told)


def _told(key: str, value: Any, where: str) -> Any:
    if key == "kind" and value not in KINDS:
        raise EntryError(f"{where}: kind is one of {', '.join(KINDS)}, got {value!r}")
    if key in ("parameters", "seconds_fit", "seconds_predict"):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise EntryError(f"{where}: {key} expects a number from 0, got {value!r}")
        return int(value) if key == "parameters" else float(value)
    if not isinstance(value, str) or not value.isprintable():
        raise EntryError(f"{where}: {key} expects a line of text, got {value!r}")
    return value


def _sha256(path: Path, parts: Iterable[Path]) -> str:
    """SHA-256 of a file; of a folder, that of the names and digests of its files."""
    if not path.is_dir():
        return _file_sha256(path)
    lines = (f"{part.name} {_file_sha256(part)}\n" for part in parts)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
