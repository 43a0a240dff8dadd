"""Paths of a data set: its tables, the image folder, one image of it."""

from __future__ import annotations

import difflib
import itertools
import os
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote

from ...errors import DataSetError
from ...features.formats import holds_volume, split_member

IMAGE_FOLDER = "images"
PARQUET_SUFFIXES = (".parquet", ".pq")
CSV_SUFFIXES = (".csv",)
_IDENTITY, _OF_RUNS = "identity.json", frozenset({"run.log", "manifest.json"})
"""A run folder has its identity, as simulated data have, and one of the others."""
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
LONGEST_PATH = 4096
LONGEST_NAME = 255
_MOST_LOOKED_AT = 100_000
"""Files of a folder among which another spelling is looked for."""


def image_root(data: Path, images: Path | None) -> Path:
    """The folder that image names are relative to: ``images`` where given, else images/ in the data, else the data."""
    if images is not None:
        if not _is(Path.is_dir, images):
            raise DataSetError(f"{images}: expected the folder with the images, found no folder there")
        return images
    folder = data if _is(Path.is_dir, data) else data.parent
    inside = folder / IMAGE_FOLDER
    return inside if _is(Path.is_dir, inside) else folder


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    """Whether a path is of a kind; a name too long for the system is of none."""
    try:
        return kind(path)
    except OSError:
        return False


def table_files(data: Path, images: Path) -> tuple[Path, ...]:
    """The tables of a data set in the order of their paths: the file itself, or those of a folder at any depth.

    Where a folder holds Parquet files its CSV files are taken for copies and left out, and so are the image folder and
    the folders of runs. Names that begin with ``.`` or ``_`` are skipped, as everywhere in the world of Parquet. Raises
    DataSetError where there is none.
    """
    if _is(Path.is_file, data):
        return (data,)
    if not _is(Path.is_dir, data):
        raise DataSetError(f"{data}: expected a Parquet or CSV file, or a folder of them, found nothing there")
    files = sorted(_walk(data, skipped=images.resolve()), key=Path.as_posix)
    for suffixes in (PARQUET_SUFFIXES, CSV_SUFFIXES):
        if found := tuple(file for file in files if file.name.lower().endswith(suffixes)):
            return found
    allowed = ", ".join(f"*{suffix}" for suffix in (*PARQUET_SUFFIXES, *CSV_SUFFIXES))
    raise DataSetError(f"{data}: the folder holds no Parquet or CSV table (looked for {allowed} at any depth)")


def _walk(top: Path, skipped: Path) -> Iterator[Path]:
    # Linked folders are followed, for data sets are often assembled from links; the real paths
    # already seen keep a link to a parent from an endless loop.
    seen = {top.resolve()}
    for place, folders, files in os.walk(top, followlinks=True):
        if _IDENTITY in files and not _OF_RUNS.isdisjoint(files):
            folders.clear()
            continue
        here = Path(place)
        inside = {name: (here / name).resolve() for name in folders if not name.startswith((".", "_"))}
        folders[:] = [name for name, real in inside.items() if real != skipped and real not in seen]
        seen.update(inside[name] for name in folders)
        yield from (here / name for name in files if not name.startswith((".", "_")))


def partition_values(data: Path, path: Path) -> dict[str, str | None]:
    """Column values that the names of folders between ``data`` and ``path`` give: ``name=value``."""
    if not data.is_dir():
        return {}
    pairs = (part.split("=", 1) for part in path.relative_to(data).parts[:-1] if "=" in part)
    return {unquote(name): None if value == NULL_PARTITION else unquote(value) for name, value in pairs if name}


def resolve_inside(root: Path, filename: str) -> Path:
    """The path of a file below ``root``; whether it exists is not asked.

    Raises DataSetError for every name that leaves the folder, or could on another system.
    """
    reason = _unsafe(filename)
    if reason is None:
        path = _written_elsewhere(root, filename)
        file, _ = split_member(path)
        reason = _astray(root, file)
        if reason is None:
            return path
    shown = filename if len(filename) <= LONGEST_NAME else filename[:60] + "…"
    raise DataSetError(f"image name {shown!r} {reason}; expected a path inside {root}")


def _written_elsewhere(root: Path, filename: str) -> Path:
    """The path of a name; one with backslashes, which no file here has, was written on Windows."""
    path = root / filename
    if "\\" in filename and not holds_volume(path):
        return root / filename.replace("\\", "/")
    return path


def other_spelling(root: Path, filename: str) -> str:
    """A hint at a file beside the missing one whose name differs in case, ending, spaces or the form of its letters."""
    path = root / filename.replace("\\", "/")
    try:
        beside = sorted(item.name for item in itertools.islice(path.parent.iterdir(), _MOST_LOOKED_AT))
    except OSError:
        return f"; the folder {path.parent} is not there either" if path.parent != root else ""
    plain = {_plain(name): name for name in reversed(beside)}
    near = plain.get(_plain(path.name)) or next(
        iter(difflib.get_close_matches(path.name, beside, n=1, cutoff=0.9)), None
    )
    return "" if near is None else f"; did you mean {near!r}, which is there?"


def _plain(name: str) -> str:
    """A name without case, ending and spaces, by which spellings are compared."""
    stem = PurePosixPath(unicodedata.normalize("NFKC", name).strip()).stem
    return "".join(character for character in stem.casefold() if character.isalnum())


def _astray(root: Path, path: Path) -> str | None:
    if len(os.fsencode(path.absolute())) >= LONGEST_PATH:  # which counts the NUL at the end
        return "is too long"
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return "leads round in a circle of links"
    return None if inside else "leads out of the image folder through a link"


def _unsafe(filename: str) -> str | None:
    if any("\ud800" <= character <= "\udfff" for character in filename):
        return "holds half a character"
    posix, windows = PurePosixPath(filename), PureWindowsPath(filename)
    parts = {*posix.parts, *windows.parts}
    if not filename.strip():
        return "is empty"
    if "\0" in filename:
        return "holds a NUL character"
    if len(os.fsencode(filename)) > LONGEST_PATH or any(len(os.fsencode(part)) > LONGEST_NAME for part in posix.parts):
        return "is too long"
    if posix.is_absolute() or windows.is_absolute() or windows.drive or windows.root:
        return "is absolute"
    return "holds '..'" if ".." in parts else None
