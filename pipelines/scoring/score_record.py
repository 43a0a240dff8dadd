"""What the score tables of a run were made from, so that a run that is resumed is not scored again for nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import scipy

from ...files import checksum, code_checksum, read_checksums, write_json
from ..runs.folder import RunFolder
from ..settings import ComparisonSettings
from ..tables.run_tables import TABLES


def inputs_digest(
    run_dir: Path, predictions: Iterable[Path], settings: ComparisonSettings, kinds: Mapping[str, str]
) -> str:
    """SHA-256 of all that scores depend on: run tables, predictions, settings, kinds of the models, and the code that scores.

    Predictions count by the checksums that the run keeps of them, which must have been checked before.
    """
    known = read_checksums(run_dir) or {}
    state = hashlib.sha256(_code().encode())
    state.update(repr((sorted(asdict(settings).items()), sorted(kinds.items()))).encode())
    contract = RunFolder(run_dir).contract
    tables = [run_dir / f"{name}.parquet" for name in TABLES]
    for path in sorted((*predictions, *tables, *([contract] if contract.exists() else []))):
        name = path.relative_to(run_dir).as_posix()
        state.update(f"{name} {known.get(name) or checksum(path)}\n".encode())
    return state.hexdigest()


def recall(run_dir: Path, digest: str, tables: Iterable[Path]) -> Mapping[str, int] | None:
    """The number of rows of each table, where all were made from inputs of this digest and are as they were written; else None."""
    try:
        record = json.loads(RunFolder(run_dir).score_record.read_text(encoding="utf-8"))
        if record["inputs"] != digest:
            return None
        written = record["tables"]
        if any(written[path.stem]["sha256"] != checksum(path) for path in tables):
            return None
        return {path.stem: int(written[path.stem]["rows"]) for path in tables}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(run_dir: Path, digest: str, tables: Mapping[Path, int]) -> None:
    """Record the tables, with the number of their rows, as made from inputs of this digest."""
    written = {path.stem: {"rows": rows, "sha256": checksum(path)} for path, rows in tables.items()}
    write_json(RunFolder(run_dir).score_record, {"inputs": digest, "tables": written})


@cache
def _code() -> str:
    """Digest of the code that scores, of the tables that it reads, and of the libraries that it draws and integrates with."""
    here = Path(__file__).parent
    files = (*here.rglob("*.py"), *(here.parent / "tables").glob("*.py"))
    return code_checksum(files, np.__version__, scipy.__version__)
