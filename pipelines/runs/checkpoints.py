"""Checkpoints of long fits in a run folder: one safetensors file a key, removed when its task is done."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import replacing

log = logging.getLogger(__name__)

SUFFIX = ".safetensors"
_VALUES = "values"


class FolderCheckpoints:
    """Implements ``models.base.Checkpoints`` in a folder; a file that cannot be read counts as none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[Path] = set()

    def read(self, key: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
        """Arrays and plain values as they were last written under a key."""
        from safetensors import SafetensorError, safe_open

        path = self._path(key)
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="numpy") as stored:
                values = json.loads(stored.metadata()[_VALUES])
                arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  no mapping
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            log.warning("checkpoint %s cannot be read, its fit begins anew: %s", path, error)
            return None
        log.info("going on with the fit in %s", path.name)
        return arrays, values

    def write(self, key: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> None:
        """Keep arrays and plain values under a key, whole or not at all."""
        from safetensors.numpy import save_file

        whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        with replacing(self._path(key)) as temporary:
            save_file(whole, temporary, metadata={_VALUES: json.dumps(values, allow_nan=False)})

    def clear(self) -> None:
        """Remove the checkpoints read or written through this object, and the folder if it is then empty."""
        for path in self._used:
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _path(self, key: str) -> Path:
        path = self.folder / f"{key}{SUFFIX}"
        self._used.add(path)
        return path
