"""Integrity of bundles: digests of their files, and writing them whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import ModelError
from ..runs.atomic import TEMPORARY_SUFFIX, write_json, write_text

MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.json.sha256"


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder beside ``folder``, put in its place when the block ends well.

    An exception inside the block leaves ``folder`` as it was and nothing beside it; what a killed
    process left there goes first. For one process at a time, as a run folder's lock makes sure.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for leftover in folder.parent.glob(f".{folder.name}.*{TEMPORARY_SUFFIX}"):
        shutil.rmtree(leftover)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=TEMPORARY_SUFFIX, dir=folder.parent))
    made, old = beside / "new", beside / "old"
    try:
        made.mkdir()
        yield made
        if folder.exists():
            folder.rename(old)
        made.rename(folder)
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(beside)


def seal(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest with the SHA-256 and the size of every file of the folder, then its own digest."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listed = {
        path.relative_to(folder).as_posix(): {"sha256": _sha256(path), "bytes": path.stat().st_size} for path in files
    }
    write_json(folder / MANIFEST, {**manifest, "files": listed})
    write_text(folder / MANIFEST_DIGEST, _digest_line(folder / MANIFEST))


def verified(folder: Path) -> dict[str, Any]:
    """The manifest of a bundle all of whose files are as they were written.

    Raises ModelError naming the first file that is missing or changed.
    """
    path = folder / MANIFEST
    for needed in (path, folder / MANIFEST_DIGEST):
        if not needed.is_file():
            raise ModelError(f"{needed}: expected a bundle, which has this file")
    if (folder / MANIFEST_DIGEST).read_bytes() != _digest_line(path).encode():
        raise ModelError(f"{path}: was changed after it was written (its SHA-256 is not that in {MANIFEST_DIGEST})")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files = {str(name): (str(entry["sha256"]), int(entry["bytes"])) for name, entry in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: expected the manifest of a bundle, got: {error!r}") from error
    for name, (digest, size) in files.items():
        _check(folder, name, digest, size)
    return dict(manifest)


def _check(folder: Path, name: str, digest: str, size: int) -> None:
    parts = PurePosixPath(name).parts
    if ".." in parts or PurePosixPath(name).is_absolute():
        raise ModelError(f"{folder / MANIFEST}: names {name!r}, which lies outside the bundle")
    path = folder / name
    if not path.is_file():
        raise ModelError(f"{path}: is in the manifest of the bundle, and there is no such file")
    if path.stat().st_size != size or _sha256(path) != digest:
        raise ModelError(f"{path}: was changed after it was written (size or SHA-256 differ from the manifest)")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_line(path: Path) -> str:
    return f"{_sha256(path)}  {path.name}\n"
