"""Entries: files of predictions that were made elsewhere, read and checked as far as a file alone allows.

Whether they fit the folds and rows of a run is another question, which ``scoring.entries`` asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ...errors import EntryError
from ...schema import BUILT_IN, OWN, OWN_WITHOUT_IMAGE, Contract
from .entry_metadata import EntryMetadata, json_of, metadata_of
from .entry_table import read_entry_table, refuse_twice

WITHOUT_IMAGE = ":without-image"
"""Behind a name: the same model trained without the image."""
_SUFFIXES = (".parquet", ".csv")
_LONGEST = 60


@dataclass(frozen=True, eq=False)
class EntryFile:
    """One file or folder of predictions: columns ``entry_table.KEYS``, y_pred, y_lo and y_hi, with its SHA-256."""

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
        frame, own = read_entry_table(part, contract)
        frames.append(frame)
        told = told if told != EntryMetadata() else own
    frame = pd.concat(frames, ignore_index=True)
    beside = path / "entry.json" if path.is_dir() else path.with_suffix(".json")
    if beside.is_file():
        told = metadata_of(json_of(beside), str(beside), strict=True)
    given = [str(value) for value in frame.pop("folds_digest").dropna().unique()]
    digests = list(dict.fromkeys([*given, *([told.folds_digest] if told.folds_digest else [])]))
    if len(digests) > 1:
        raise EntryError(f"{path}: expected predictions of the same folds, got folds_digest {' and '.join(digests)}")
    refuse_twice(frame, path)
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


def _sha256(path: Path, parts: Iterable[Path]) -> str:
    """SHA-256 of a file; of a folder, that of the names and digests of its files."""
    if not path.is_dir():
        return _file_sha256(path)
    lines = (f"{part.name} {_file_sha256(part)}\n" for part in parts)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
