"""Files that appear whole or not at all: written under a temporary name beside the target, then renamed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

TEMPORARY_SUFFIX = ".part"
"""Files with this ending are half-written leftovers and never count."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``path``, renamed onto it when the block ends well.

    The folder is made where it is missing; an exception inside the block leaves no file behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=TEMPORARY_SUFFIX, dir=path.parent)
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


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write strict JSON atomically; a NaN in ``value`` is a ValueError, not a token no parser reads."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_parquet(path: Path, table: pa.Table | pd.DataFrame) -> None:
    """Write a table as zstd Parquet atomically."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")
