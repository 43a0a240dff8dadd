"""What the inspection found in volume files, remembered as long as a file stays the one it was.

A file is the same while its path, size, inode and the nanoseconds of its last changes (of content and of the entry in
its folder) are. Folders that are one volume are always read. An entry that cannot be read counts as none.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ... import __version__
from ...features.cache import cache_root
from ...files import replacing
from ..execution.parallel import Progress, Workers, parallel_map

log = logging.getLogger(__name__)

Answer = Mapping[str, Any]
"""Result of reading a file: values that JSON keeps as they are."""


def file_identity(path: Path) -> tuple[int, ...] | None:
    """What changes when a file does: device, inode, size and times of change in nanoseconds; None where it is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    if not path.is_file():
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@dataclass(frozen=True)
class InspectionCache:
    """Answers to one ``question`` about files, one small JSON file each; safe to share between processes.

    The question names everything but the file that the answer depends on. Where ``verify`` is set files are read
    whatever is remembered, and their answers remembered anew.
    """

    folder: Path
    question: str
    verify: bool = False

    def map(
        self,
        read: Callable[[Path], Answer],
        paths: Sequence[Path],
        *,
        what: str | None = None,
        workers: Workers = None,
        progress: Progress | None = None,
    ) -> list[Answer]:
        """``[read(path) for path in paths]``, over the workers for those that are not remembered.

        How many are remembered is logged where ``what`` says of what.
        """
        found = {path: answer for path in paths if (answer := self.remembered(path)) is not None}
        if found and what:
            log.info("%d of %d %s are as they were when they were last inspected", len(found), len(set(paths)), what)
        missing = [path for path in dict.fromkeys(paths) if path not in found]
        answers = parallel_map(_ReadAndKeep(self, read), missing, workers=workers, progress=progress)
        found |= dict(zip(missing, answers, strict=True))
        return [found[path] for path in paths]

    def put(self, path: Path, identity: tuple[int, ...], answer: Answer) -> None:
        """Remember the answer for a file as it was when ``identity`` was taken. A folder that cannot be written is no error."""
        entry = self._entry(path)
        try:
            with replacing(entry) as temporary:
                temporary.write_text(json.dumps({"identity": identity, "answer": answer}), encoding="utf-8")
        except OSError as error:
            _warn_once(f"inspection cache {self.folder} cannot be written, going on without: {error.strerror or error}")

    def remembered(self, path: Path) -> Answer | None:
        """The answer for a file that is as it was, None where there is none or ``verify`` is set."""
        if self.verify or (identity := file_identity(path)) is None:
            return None
        try:
            kept = json.loads(self._entry(path).read_text(encoding="utf-8"))
            answer: Answer | None = kept["answer"] if tuple(kept["identity"]) == identity else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return answer

    def _entry(self, path: Path) -> Path:
        key = hashlib.sha256(f"{self.question}\n{path.absolute()}".encode("utf-8", "surrogateescape"))
        name = key.hexdigest()
        return self.folder / name[:2] / f"{name}.json"


@dataclass(frozen=True)
class _ReadAndKeep:
    """Reads a file and remembers the answer, so that a run that is killed has lost nothing; can be sent to other processes."""

    cache: InspectionCache
    read: Callable[[Path], Answer]

    def __call__(self, path: Path) -> Answer:
        # taken before reading: a file that changes meanwhile is read again next time
        identity = file_identity(path)
        answer = self.read(path)
        if identity is not None:
            self.cache.put(path, identity, answer)
        return answer


@lru_cache
def _warn_once(message: str) -> None:
    log.warning("%s", message)


def inspection_cache(question: str, *, verify: bool) -> InspectionCache:
    """The cache that every command shares."""
    # a question may list every volume of a set, and is hashed with each of their paths
    digest = hashlib.sha256(f"{__version__}\n{question}".encode("utf-8", "surrogateescape")).hexdigest()
    return InspectionCache(cache_root() / "inspections", digest, verify)
