"""One of n equal parts of the work, for array jobs on a cluster without a service.

Each part lies beside what it is a part of: ``RUN.shard-2-of-8``, ``features.shard-2-of-8.parquet``.
Parts of a table are Parquet, whatever the whole is to be: ``features.csv.shard-2-of-8.parquet``.
Which part takes what follows from content alone, so every machine agrees without a word.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ...errors import RunError, SettingsError
from ..runs.atomic import TABLE_SUFFIXES

_PARQUET = ".parquet"
_NAME = re.compile(r"\.shard-(\d+)-of-(\d+)")


@dataclass(frozen=True)
class Shard:
    """Part ``number`` (from 1) of ``of``."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """``2/8`` as a shard; SettingsError where it is none."""
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise SettingsError(f"--shard expects I/N with I from 1 to N, as in 2/8, got {text!r}")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def takes(self, key: str) -> bool:
        """Whether the thing of that name falls to this part: by the name's SHA-256, so evenly and reproducibly."""
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % self.of == self.number - 1

    def place(self, whole: Path) -> Path:
        """Path of this part of a folder or file."""
        stem = whole.stem if whole.suffix == _PARQUET else whole.name
        return whole.with_name(f"{stem}{self._mark}{_PARQUET if is_table(whole) else ''}")

    @property
    def _mark(self) -> str:
        return f".shard-{self.number}-of-{self.of}"


def parts_of(whole: Path) -> dict[Shard, Path]:
    """The parts that lie beside ``whole``, in order.

    Raises RunError where there are none, where they are parts of different divisions, or where some
    are missing, which are named.
    """
    found: dict[Shard, Path] = {}
    for path in whole.parent.iterdir() if whole.parent.is_dir() else ():
        if (match := _NAME.search(path.name)) and (shard := Shard(int(match[1]), int(match[2]))).place(whole) == path:
            found[shard] = path
    if not found:
        raise RunError(f"{whole}: expected parts beside it, as in {Shard(1, 2).place(whole).name}, found none")
    divisions = sorted({shard.of for shard in found})
    if len(divisions) > 1:
        raise RunError(f"{whole}: its parts are of different divisions, of {' and of '.join(map(str, divisions))}")
    missing = [
        str(shard) for number in range(1, divisions[0] + 1) if (shard := Shard(number, divisions[0])) not in found
    ]
    if missing:
        raise RunError(f"{whole}: the parts {', '.join(missing)} are missing; run them with --shard, then merge again")
    return dict(sorted(found.items(), key=lambda item: item[0].number))


def is_table(whole: Path) -> bool:
    """Whether a path is that of a table, by its suffix; else it is a run folder."""
    return whole.suffix.lower() in TABLE_SUFFIXES
