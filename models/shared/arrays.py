"""Fitted models whose whole state is a few arrays: written as one NPZ file, without pickle."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from tokenize import TokenError
from typing import TYPE_CHECKING, Self
from zipfile import BadZipFile

import numpy as np

from ...errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

FILE = "model.npz"
_DAMAGE = (
    OSError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
    SyntaxError,
    BadZipFile,
    TokenError,
    zlib.error,
)
"""Exceptions that numpy and zipfile raise on archives that are damaged, encrypted or of a later version."""


@dataclass(frozen=True, eq=False)
class NpzModel:
    """Base of fitted models all of whose fields are arrays (numbers are arrays of no dimension)."""

    def save(self, folder: Path) -> None:
        """Write every field to ``folder/model.npz``."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / FILE, **{item.name: getattr(self, item.name) for item in fields(self)})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model that ``save`` wrote; ModelError names the file where that cannot be read."""
        path = folder / FILE
        try:
            # numpy leaves a file that it opened itself open where that is no whole archive
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if missing := {item.name for item in fields(cls)} - {*stored.files}:
                    raise ModelError(
                        f"{path}: was saved by another version of {cls.__name__}, without {min(missing)!r}; "
                        "make its bundle again with poregrove compare"
                    )
                return cls(**{item.name: stored[item.name] for item in fields(cls)})
        except _DAMAGE as error:
            raise ModelError(f"{path}: expected the arrays of a {cls.__name__}, got: {error}") from error
