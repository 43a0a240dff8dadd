"""Choice of the array that is the volume, in files that may hold several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import VolumeError

_SHOWN = 8


def the_one(names: Sequence[str], member: str | None, path: Path) -> str:
    """The part that was asked for, or the only one there is; VolumeError lists what there is."""
    if member is not None:
        wanted = member.strip("/")
        found = next((name for name in names if name.strip("/") == wanted), None)
        if found is None:
            raise VolumeError(
                f"no array {member!r} in the file; there {'is' if len(names) == 1 else 'are'} {_listed(names)}"
            )
        return found
    if len(names) != 1:
        raise VolumeError(
            f"expected one array, found {_listed(names)}; name one as {path.name}:{names[0].strip('/') if names else 'name'}"
        )
    return names[0]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN]) or "none"
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
