"""Inputs of a contract as numeric columns: 0 and 1 of booleans and of levels of categories."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...array_types import Float64
from ...errors import DataSetError, did_you_mean
from ...schema import Contract, InputSpec

log = logging.getLogger(__name__)

_SHOWN = 20
"""Levels of a category that a message lists."""
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})


def with_levels(contract: Contract, table: pd.DataFrame) -> Contract:
    """The contract with the levels of each category that names none: the values that the table has, in order."""
    return replace(
        contract,
        inputs=tuple(
            replace(item, levels=words_of(table[item.column])) if item.kind == "category" and not item.levels else item
            for item in contract.inputs
        ),
    )


def words_of(values: pd.Series[Any]) -> tuple[str, ...]:
    """The distinct words of a column, sorted."""
    return tuple(sorted({str(value) for value in values.dropna().unique()}))


def encoded(
    table: pd.DataFrame, contract: Contract, where: str, *, unknown: Literal["refuse", "missing"] = "refuse"
) -> pd.DataFrame:
    """The columns ``contract.scalars`` of n rows, float64, from a table that names inputs by column or by name.

    NaN where an input has no value. ``unknown`` says whether a level that the contract does not have is an error, or a
    gap and a warning in the log. Raises DataSetError naming ``where`` and the input that is missing, there twice, no
    number, or of an unknown level.
    """
    columns: dict[str, Float64] = {}
    for item in contract.inputs:
        present = [name for name in dict.fromkeys((item.column, item.name)) if name in table]
        if len(present) != 1:
            came = "is missing" if not present else f"is there as {' and '.join(map(repr, present))}"
            hint = did_you_mean(item.column, map(str, table)) if not present else ""
            raise DataSetError(f"{where}: the input {item.column!r} {came}; expected it once{hint}")
        columns |= _columns(item, table[present[0]], where, unknown)
    return pd.DataFrame(columns, index=table.index)


def numbers_of(values: pd.Series[Any], where: str) -> Float64:
    """float64[n] of a column, NaN where it is null; DataSetError naming ``where`` it holds no numbers."""
    try:
        return np.asarray(pd.to_numeric(values.astype(object).where(values.notna(), None)), np.float64)
    except (ValueError, TypeError) as error:
        raise DataSetError(f"{where}: the column {values.name!r} must hold numbers: {error}") from error


def truths_of(values: pd.Series[Any], where: str) -> Float64:
    """1, 0 or NaN of a column of booleans, 0 and 1, or words for them; DataSetError for anything else."""
    words = values.astype(object).map(lambda value: str(value).strip().lower(), na_action="ignore")
    found = np.where(words.isin(_TRUE), 1.0, np.where(words.isin(_FALSE), 0.0, np.nan))
    odd = values[words.notna().to_numpy() & np.isnan(found)]
    if len(odd):
        raise DataSetError(f"{where}: the column {values.name!r} must hold true and false, got {odd.iloc[0]!r}")
    return found


def _columns(item: InputSpec, values: pd.Series[Any], where: str, unknown: str) -> Mapping[str, Float64]:
    if item.kind == "category":
        return _levels(item, values, where, unknown)
    (scalar,) = item.scalars
    if item.kind == "boolean":
        return {scalar.column: truths_of(values, where)}
    found = numbers_of(values, where)
    return {scalar.column: np.where(np.isfinite(found), found, np.nan)}


def _levels(item: InputSpec, values: pd.Series[Any], where: str, unknown: str) -> Mapping[str, Float64]:
    words = values.astype(object).map(str, na_action="ignore")
    known = words.isin(item.levels)
    odd = words[words.notna() & ~known]
    if len(odd):
        hint = did_you_mean(odd.iloc[0], item.levels) or ";"
        said = f"{where}: {odd.iloc[0]!r} is no level of the category {item.column!r}{hint} known: {', '.join(item.levels[:_SHOWN])}"
        if unknown == "refuse":
            raise DataSetError(said)
        log.warning("%s; taken as missing in %d of %d rows", said, len(odd), len(words))
    return {
        scalar.column: np.where(known, (words == level).to_numpy(np.float64), np.nan)
        for scalar, level in zip(item.scalars, item.levels, strict=True)
    }
