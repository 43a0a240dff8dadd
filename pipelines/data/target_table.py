"""The exported table of targets: one row an input row, in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from ...schema import BUILT_IN, TARGET_TABLE, Contract, Field
from ..runs.atomic import write_table
from .observations import Observations

_KEYS = ("sample_id", "param_id", "filename")


def target_table(observations: Observations, contract: Contract = BUILT_IN) -> pd.DataFrame:
    """The columns of ``schema.TARGET_TABLE``, or keys and targets of a contract, keys in the types of the data set."""
    return observations.frame.loc[:, [item.name for item in _fields(contract)]]


def _fields(contract: Contract) -> tuple[Field, ...]:
    if contract.built_in:
        return TARGET_TABLE.fields
    keys = tuple(item for item in TARGET_TABLE.fields if item.name in _KEYS)
    return (*keys, *(Field(target.name, "float64") for target in contract.targets))


def write_target_table(table: pd.DataFrame, path: Path, contract: Contract = BUILT_IN) -> None:
    """Write the table as its suffix says, whole or not at all, with the unit of each target in its field's metadata.

    Raises SettingsError for a suffix that no table is written under.
    """
    inferred = pa.Schema.from_pandas(table, preserve_index=False)
    fields = [_described(inferred.field(item.name), item.kind, contract) for item in _fields(contract)]
    schema = pa.schema(fields, inferred.metadata)
    write_table(path, pa.Table.from_pandas(table, schema, preserve_index=False))


def _described(field: Any, kind: str, contract: Contract) -> Any:
    if kind == "string":  # a column of nulls alone has no type of its own
        return pa.field(field.name, pa.string())
    target = contract.by_name.get(field.name)
    return field if target is None else field.with_metadata({"unit": target.unit, "meaning": target.meaning})
