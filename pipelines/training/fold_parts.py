"""Finished folds of jobs under way: one file a fold of some jobs, until the last of them is there.

A file has a row group a target with its predictions in the fold and, in its metadata, all else that came of it: times,
notes, failures. So it is whole or not there, says itself what it is of, and its pages have checksums.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import RunError
from ...models.shared.fit_reports import TruncatedFit
from ..runs.atomic import replacing
from .job_folds import FoldId
from .outcome import UNCLIPPED, CalibratedFold, Outcome
from .predictions import Predictions

log = logging.getLogger(__name__)

_METADATA_KEY = b"poregrove.part"
_KINDS = {"row": "int32", "fold": "int32", "repeat": "int32", "y_pred": "float32", "y_lo": "float32", "y_hi": "float32"}


def write_part(path: Path, outcomes: Mapping[str, Outcome], *, peak_memory_bytes: int | None) -> None:
    """Write what came of a fold, by target, whole or not at all."""
    kinds = _KINDS | {UNCLIPPED: "float32"} if any(_has_unclipped(one) for one in outcomes.values()) else _KINDS
    told = {name: _as_dict(one) for name, one in outcomes.items()}
    metadata = {_METADATA_KEY: json.dumps({"targets": told, "peak_memory_bytes": peak_memory_bytes})}
    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in kinds.items()], metadata)
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", write_page_checksum=True) as writer,
    ):
        for one in outcomes.values():
            found = one.predictions() if one.parts else {}
            columns = [np.asarray(found.get(name, ())).astype(kind) for name, kind in kinds.items()]
            # one row group a target, without rows where nothing was predicted
            writer.write_table(pa.table(columns, schema), row_group_size=max(1, len(columns[0])))


def part_file(folder: Path, fold: FoldId) -> Path:
    """Path of what came of a fold."""
    return folder / f"{fold[0]}-{fold[1]}.parquet"


def targets_of_part(path: Path) -> frozenset[str]:
    """Targets that a part has; none where there is no part, or none that can be read, as a warning says."""
    if not path.exists():
        return frozenset()
    try:
        return frozenset(_told(pq.read_schema(path), path)["targets"])
    except (OSError, pa.ArrowInvalid, RunError) as error:
        log.warning("%s cannot be read, its fold is run again: %s", path, error)
        return frozenset()


def peak_memory_of_part(path: Path) -> int:
    """Largest resident memory, in bytes, of the process that ran the fold until it ended; 0 where unknown."""
    return int(_told(pq.read_schema(path), path)["peak_memory_bytes"] or 0)


def read_outcome(path: Path, target: str) -> Outcome:
    """What came of a target in a fold; RunError where the file cannot be read or has no such target."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            told = _told(file.schema_arrow, path)["targets"]
            if target not in told:
                raise RunError(f"part {path}: expected the target {target}, found {', '.join(told)}")
            table = file.read_row_group([*told].index(target))
    except (OSError, pa.ArrowInvalid) as error:
        raise RunError(f"part {path} cannot be read: {error}; remove it, and go on with the run") from error
    return _from_dict(told[target], {name: table[name].to_numpy() for name in table.column_names})


def _told(schema: pa.Schema, path: Path) -> Mapping[str, Any]:
    metadata = schema.metadata or {}
    if _METADATA_KEY not in metadata:
        raise RunError(f"part {path}: expected what came of a fold, found a file without it")
    told: Mapping[str, Any] = json.loads(metadata[_METADATA_KEY])
    return told


def _has_unclipped(outcome: Outcome) -> bool:
    return any(UNCLIPPED in part for part in outcome.parts)


def _as_dict(outcome: Outcome) -> Mapping[str, Any]:
    """All of an outcome but its predictions, as plain values."""
    return {
        "seconds": outcome.seconds,
        "n_fits": outcome.n_fits,
        "n_known": outcome.n_known,
        "n_rows_fit": outcome.n_rows_fit,
        "truncated": [asdict(item) for item in outcome.truncated],
        "diagnostics": [dict(item) for item in outcome.diagnostics],
        "devices": sorted(outcome.devices),
        "courses": [[[float(seconds), float(score)] for seconds, score in course] for course in outcome.courses],
        "reason": outcome.reason,
        "calibrations": [asdict(item) for item in outcome.calibrations],
    }


def _from_dict(told: Mapping[str, Any], predictions: Predictions) -> Outcome:
    return Outcome(
        parts=[predictions] if len(predictions["row"]) else [],
        seconds=dict(told["seconds"]),
        n_fits=told["n_fits"],
        n_known=told["n_known"],
        n_rows_fit=told["n_rows_fit"],
        truncated=[TruncatedFit(**item) for item in told["truncated"]],
        diagnostics=told["diagnostics"],
        devices=set(told["devices"]),
        courses=[[(seconds, score) for seconds, score in course] for course in told["courses"]],
        reason=told["reason"],
        calibrations=[CalibratedFold(**item) for item in told["calibrations"]],
    )
