"""JSON files beside raw voxels that describe them: ``volume.raw.json`` or ``volume.json``.

    {"shape": [48, 64, 64], "dtype": "uint8", "offset": 0, "voxel_size": 1e-7}

``shape`` is (z, y, x); ``spacing`` may stand for ``voxel_size``, three lengths along z, y and x in metres.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import VolumeError
from ..voxels import Spacing, known_spacing

_LONGEST = 1 << 16
_KNOWN = frozenset({"shape", "dtype", "offset", "voxel_size", "spacing"})


@dataclass(frozen=True)
class Sidecar:
    """Keys of a sidecar; None for those that it lacks."""

    path: Path
    shape: tuple[int, int, int] | None = None
    dtype: str | None = None
    offset: int = 0
    spacing: Spacing | None = None


def _places(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + ".json"), path.with_suffix(".json")


def has_sidecar(path: Path) -> bool:
    """Whether a file of voxels has a sidecar."""
    return any(place.is_file() for place in _places(path))


def sidecar_of(path: Path) -> Sidecar | None:
    """The sidecar of a file, None where it has none; VolumeError where it cannot be read."""
    for other in _places(path):
        if other.is_file():
            try:
                return _sidecar(other)
            except (OSError, ValueError, TypeError, RecursionError) as error:
                raise VolumeError(
                    f"its sidecar {other.name}: expected shape, dtype, voxel_size as JSON: {error}"
                ) from error
    return None


def _sidecar(path: Path) -> Sidecar | None:
    with path.open(encoding="utf-8") as stream:
        text = stream.read(_LONGEST + 1)
    if len(text) > _LONGEST:
        return None  # a file of that name with other contents
    said: Any = json.loads(text)
    if not isinstance(said, dict) or not _KNOWN & said.keys():
        return None
    shape, dtype = said.get("shape"), said.get("dtype")
    edges = said.get("spacing", [said.get("voxel_size")] * 3)
    return Sidecar(
        path=path,
        shape=None if shape is None else _three(shape),
        dtype=None if dtype is None else str(dtype),
        offset=int(said.get("offset", 0)),
        spacing=known_spacing(*(None if edge is None else float(edge) for edge in _triple(edges))),
    )


def _three(values: Any) -> tuple[int, int, int]:
    z, y, x = (int(value) for value in _triple(values))
    return z, y, x


def _triple(values: Any) -> list[Any]:
    if not isinstance(values, list) or len(values) != 3:  # noqa: PLR2004  dimensions of space
        raise ValueError(f"expected three numbers (z, y, x), got {values!r}"[:200])
    return values
