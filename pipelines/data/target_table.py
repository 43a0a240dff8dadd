"""The exported table of targets: one row an input row, in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from ...schema import TARGET_BY_NAME, TARGET_TABLE
from ..runs.atomic import write_table
from .observations import Observations


def target_table(observations: Observations) -> pd.DataFrame:
    """The columns of ``schema.TARGET_TABLE``, keys in the types of the data set."""
    return observations.frame.loc[:, list(TARGET_TABLE.names)]


def write_target_table(table: pd.DataFrame, path: Path) -> None:
    """Write the table as its suffix says, whole or not at all, with the unit of each target in its field's metadata.

    Raises SettingsError for a suffix that no table is written under.
    """
    inferred = pa.Schema.from_pandas(table, preserve_index=False)
    fields = [_described(inferred.field(item.name), item.kind) for item in TARGET_TABLE.fields]
    schema = pa.schema(fields, inferred.metadata)
    write_table(path, pa.Table.from_pandas(table, schema, preserve_index=False))


def _described(field: Any, kind: str) -> Any:
    if kind == "string":  # a column of nulls alone has no type of its own
        return pa.field(field.name, pa.string())
    target = TARGET_BY_NAME.get(field.name)
    return field if target is None else field.with_metadata({"unit": target.unit, "meaning": target.meaning})
