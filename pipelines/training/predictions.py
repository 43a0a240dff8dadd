"""Prediction files: one a job, out-of-fold predictions and, in the file's own metadata, what the job cost.

A job is finished when its file is there under its final name. The record of its times travels inside
the file, so that neither can exist without the other; its checksum in the run's list of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...errors import RunError
from ...files import record_checksum
from ...schema import PREDICTION_PARTITIONS, PREDICTIONS
from ..runs.atomic import write_parquet

_METADATA_KEY = b"poregrove.job"
_DEPTH = len(PREDICTION_PARTITIONS) + 1
"""Folders between a run and its prediction files: one for the variant, then one a partition."""
_SCHEMA = pa.schema([(field.name, field.kind) for field in PREDICTIONS.fields])

Predictions = Mapping[str, NDArray[Any]]
"""Arrays of one length by the names of ``schema.PREDICTIONS``."""


def write_predictions(path: Path, predictions: Predictions, record: Mapping[str, Any]) -> None:
    """Write a job's predictions and its record, whole or not at all."""
    columns = {field.name: np.asarray(predictions[field.name]).astype(field.kind) for field in PREDICTIONS.fields}
    table = pa.table(columns, schema=_SCHEMA)
    write_parquet(path, table.replace_schema_metadata({_METADATA_KEY: json.dumps(record)}))
    record_checksum(path.parents[_DEPTH], path)


def read_predictions(path: Path) -> Predictions:
    """The predictions of a job; RunError naming the file where it cannot be read."""
    table = _read(path, lambda: pq.ParquetFile(path).read(columns=list(PREDICTIONS.names)))
    return {name: table[name].to_numpy() for name in PREDICTIONS.names}


def read_record(path: Path) -> dict[str, Any]:
    """Read the record of a job from its predictions; RunError names a file that holds none."""
    metadata = _read(path, lambda: pq.read_schema(path)).metadata or {}
    if _METADATA_KEY not in metadata:
        raise RunError(f"prediction file {path}: expected the record of its job, found none")
    record: dict[str, Any] = json.loads(metadata[_METADATA_KEY])
    return record


def _read(path: Path, read: Any) -> Any:
    try:
        return read()
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise RunError(
            f"prediction file {path}: expected columns {', '.join(PREDICTIONS.names)}, got: {error}"
        ) from error
