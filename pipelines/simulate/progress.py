"""Progress of a simulation, one small file each, so that a stopped one can be resumed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..runs.atomic import write_json
from .cell import CellResult
from .children import Failure
from .volumes import Transport

Outcome = CellResult | Failure


@dataclass(frozen=True)
class Done:
    """The hidden folder of finished volumes and cells; it is removed when the data set is complete."""

    path: Path

    def volume(self, number: int) -> Transport | None:
        """Transport of a volume whose image is written, None before that."""
        values = _read(self._volume(number))
        return None if values is None else Transport(**values)

    def keep_volume(self, number: int, transport: Transport) -> None:
        """Remember a volume whose image is written."""
        write_json(self._volume(number), asdict(transport))

    def cell(self, volume: int, design: int) -> Outcome | None:
        """Outcome of a cell, None where it was not simulated yet."""
        values = _read(self._cell(volume, design))
        if values is None:
            return None
        return Failure(**values) if "reason" in values else CellResult(**values)

    def keep_cell(self, volume: int, design: int, outcome: Outcome) -> None:
        """Remember the outcome of a cell."""
        write_json(self._cell(volume, design), asdict(outcome))

    def forget(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _volume(self, number: int) -> Path:
        return self.path / f"volume_{number:05d}.json"

    def _cell(self, volume: int, design: int) -> Path:
        return self.path / f"cell_{volume:05d}_{design:05d}.json"


def _read(path: Path) -> Mapping[str, Any] | None:
    if not path.exists():
        return None
    values: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values
