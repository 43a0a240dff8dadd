"""Files that appear whole or not at all, and their checksums, for runs and reports."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .errors import RunError
from .schema import PREDICTION_PARTITIONS

TEMPORARY_SUFFIX = ".part"
"""Files with this ending are half-written leftovers and never count."""
PREDICTIONS_NAME = "part-0.parquet"
"""Every prediction file of a run is called so, in hive partitions."""
CHECKSUMS = "predictions.sha256"
"""In a run folder: the SHA-256 of each finished prediction file, as ``sha256sum --check`` reads it."""
HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
"""Stands for this machine in the names of temporary files."""
_OWNED = re.compile(r"\.([0-9a-f]{8})-(\d+)-[^.]+\.part")
_CHECKSUM = re.compile(r"([0-9a-f]{64})  (.+)")
_A_DAY = 86_400.0


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path``, renamed onto it when the block ends well.

    The folder is made where it is missing; an exception inside the block leaves no file behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}.{HOST}-{os.getpid()}-"
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=TEMPORARY_SUFFIX, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _allow_what_the_umask_allows(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _allow_what_the_umask_allows(path: Path) -> None:
    # mkstemp makes private files; a run folder is meant to be shared like any other output.
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """A name beside ``path`` for a folder, removed when the block ends; the caller creates it.

    What killed processes left there under such names is removed first.
    """
    clear_leftovers(path.parent.glob(f".{glob.escape(path.name)}.*"))
    folder = path.with_name(f".{path.name}.{HOST}-{os.getpid()}-{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(paths: Iterable[Path], *, ours: bool = False) -> int:
    """Remove temporary files among ``paths`` whose writers are gone (all of them where they are ``ours``); how many.

    A writer of this machine is gone when its process is; of others nothing is known, so what they
    left must be a day old.
    """
    leftovers = [path for path in paths if path.name.endswith(TEMPORARY_SUFFIX) and (ours or _is_abandoned(path))]
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(leftovers)


def _is_abandoned(path: Path) -> bool:
    owner = _OWNED.search(path.name)
    if owner and owner[1] == HOST and os.name == "posix":
        return not _is_alive(int(owner[2]))
    try:
        return time.time() - path.stat().st_mtime > _A_DAY
    except OSError:  # its writer has just renamed it
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 only asks; on Windows, where it would not, this is never called
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write strict JSON atomically; a NaN in ``value`` is a ValueError, not a token no parser reads."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def checksum(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_checksum(files: Iterable[Path], *versions: str) -> str:
    """The SHA-256 of source files, names and all, and of versions of the libraries that they call."""
    state = hashlib.sha256(" ".join(versions).encode())
    for file in sorted(files):
        state.update(file.name.encode() + file.read_bytes())
    return state.hexdigest()


def record_checksum(folder: Path, path: Path) -> None:
    """Append the checksum of a finished file of a run to its list; the last line of a file holds."""
    line = f"{checksum(path)}  {path.relative_to(folder).as_posix()}\n"
    with (folder / CHECKSUMS).open("a", encoding="utf-8", newline="\n") as file:
        file.write(line)  # short enough to go out as one piece, so that workers may append side by side


def read_checksums(folder: Path) -> Mapping[str, str] | None:
    """Checksums by path relative to the run folder; None of a run that was made before there were any."""
    try:
        text = (folder / CHECKSUMS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    # a line that a killed writer left half is none
    lines = (_CHECKSUM.fullmatch(line) for line in text.splitlines())
    return {line[2]: line[1] for line in lines if line}


def check_checksums(folder: Path, paths: Iterable[Path]) -> None:
    """Raise RunError naming the first of these files whose bytes are not those that the run wrote."""
    known = read_checksums(folder) or {}
    for path in paths:
        expected = known.get(path.relative_to(folder).as_posix())
        if expected is not None and (found := checksum(path)) != expected:
            raise RunError(
                f"{path}: was changed after the run wrote it: expected SHA-256 {expected}, got {found}. "
                "Restore the file, or remove it and go on with the run, which then computes it again."
            )


def prediction_paths(
    folder: Path, predictions: str = "predictions"
) -> tuple[Mapping[tuple[str, ...], Path], tuple[Path, ...]]:
    """Finished prediction files of a run by the values of their partitions, and the stray Parquet files among them.

    Stray is what lies elsewhere or under another name than the run writes, and what its list of checksums does
    not have, such as a copied file or folder; it never counts. Names that start with a dot or underscore
    are half-written and neither.
    """
    known = read_checksums(folder)
    found: dict[tuple[str, ...], Path] = {}
    strays: list[Path] = []
    for path in sorted((folder / predictions).rglob("*.parquet")):
        if path.name.startswith((".", "_")):
            continue
        keys, values = zip(*(part.partition("=")[::2] for part in path.relative_to(folder).parts[1:]), strict=True)
        named = keys[:-1] == PREDICTION_PARTITIONS and path.name == PREDICTIONS_NAME
        if named and (known is None or path.relative_to(folder).as_posix() in known):
            found[tuple(map(unquote, values[:-1]))] = path
        else:
            strays.append(path)
    return found, tuple(strays)
