"""Lists of descriptors: as text, as JSON, as a table in Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from ...features import ColumnInfo
from ..runs.markdown import table


def as_text(columns: Iterable[ColumnInfo]) -> str:
    """Two lines a descriptor, and one more where it has a reference."""
    return "\n".join(_text(column) for column in columns)


def as_json(columns: Iterable[ColumnInfo]) -> str:
    """A list of objects; a bound that does not exist is null."""
    return json.dumps([_plain(column) for column in columns], indent=1, ensure_ascii=False)


def as_markdown(columns: Iterable[ColumnInfo]) -> str:
    """One table."""
    head = ("name", "unit", "meaning", "bounds", "NaN where", "reference")
    rows = (
        (f"`{item.name}`", item.unit, item.meaning, bounds(item), item.undefined or "never", item.reference)
        for item in columns
    )
    return "\n".join(table(head, rows))


def bounds(column: ColumnInfo) -> str:
    """Least and greatest value, as ``0 … 1``; empty where there is no bound."""
    low = "" if math.isinf(column.low) else f"{column.low:g}"
    high = "" if math.isinf(column.high) else f"{column.high:g}"
    return f"{low} … {high}".strip() if low or high else ""


def _text(column: ColumnInfo) -> str:
    told = [bounds(column), f"NaN where {column.undefined}" if column.undefined else "never NaN", column.tier]
    lines = [f"{column.name} [{column.unit}]: {column.meaning}", "; ".join(item for item in told if item)]
    return "\n    ".join([*lines, *([column.reference] if column.reference else [])])


def _plain(column: ColumnInfo) -> dict[str, Any]:
    return {
        "name": column.name,
        "unit": column.unit,
        "meaning": column.meaning,
        "low": None if math.isinf(column.low) else column.low,
        "high": None if math.isinf(column.high) else column.high,
        "undefined": column.undefined,
        "tier": column.tier,
        "family": column.family,
        "version": column.version,
        "reference": column.reference,
        "average": column.average,
    }
