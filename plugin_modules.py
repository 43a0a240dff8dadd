"""Modules of others that add to this package: those that installed packages name as entry points, and digests of their code."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from .errors import SettingsError

FILES = "poregrove_plugins"
"""Package that modules read from single files belong to; it has no folder."""


def entries_of(group: str) -> Iterator[tuple[object, str]]:
    """What installed packages name in a group of entry points, loaded, with the module it is of.

    SettingsError naming the package where one cannot be loaded.
    """
    for point in metadata.entry_points(group=group):
        try:
            entry = point.load()
        except Exception as error:
            package = getattr(point, "dist", None)
            said = f" of the package {package.name} {package.version}" if package is not None else ""
            raise SettingsError(
                f"plug-in {point.value!r}{said}, an entry point of {group}: {cause_of(error)}"
            ) from error
        yield entry, point.value.partition(":")[0]


def cause_of(error: BaseException) -> str:
    """An exception on one line."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def code_digest(module: str) -> str:
    """SHA-256 of the code that a module stands for: its text, with that of the package around it; empty where there is none.

    What changes a descriptor's values may lie in any file of its package, so all of them count.
    """
    found = sys.modules.get(module)
    top = sys.modules.get(module.partition(".")[0])
    state, parts = hashlib.sha256(), 0
    for folder in [] if top is None else sorted(map(Path, getattr(top, "__path__", ()))):
        for path in sorted(folder.rglob("*.py")):
            state.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
            parts += 1
    if not parts and (text := _text_of(found, module)) is not None:
        state.update(text.encode())
        parts += 1
    return state.hexdigest() if parts else ""


def _text_of(module: object, name: str) -> str | None:
    """Source of one module; None for one without, such as a notebook."""
    spec = getattr(module, "__spec__", None)
    source = getattr(getattr(spec, "loader", None), "get_source", None)
    try:
        return None if source is None else source(name)
    except (ImportError, OSError):
        return None
