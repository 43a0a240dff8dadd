"""Files that appear whole or not at all: written under a temporary name beside the target, then renamed."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY_SUFFIX = ".part"
"""Files with this ending are half-written leftovers and never count."""
HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
"""Stands for this machine in the names of temporary files."""
_OWNED = re.compile(r"\.([0-9a-f]{8})-(\d+)-[^.]+\.part")
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
        os.kill(process, 0)  # asks only; where that is not so (Windows) this is never called
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
