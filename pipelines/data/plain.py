"""Arrow columns as they are stored, turned into the few types that the code reads, by what a column means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...errors import DataSetError
from .columns import CYCLE, KEY, LIST, NUMBER, TEXT, ColumnType, is_text, is_view, plain_type
from .labels import EMPTY

_COMMA = "; a decimal comma is not read, for it may part thousands: write a point"


def plain(column: Any, form: ColumnType) -> Any:
    """The values of a column in the type of its form: numbers, text, lists of numbers, or structs of these.

    Raises DataSetError with the value that is no number where one was expected.
    """
    column = _decoded(column)
    if form is KEY:
        return column.cast(plain_type(column.type))
    column = _text(column)
    if form is NUMBER:
        return _numbers(column) if pa.types.is_string(column.type) else column
    if form is TEXT:
        return column.cast(pa.string())
    if form in (LIST, CYCLE) and pa.types.is_struct(column.type):
        members = [plain(member, LIST) for member in column.flatten()]
        return pa.StructArray.from_arrays(members, [member.name for member in column.type], mask=column.is_null())
    return _lists(column) if is_view(column.type) else column


def _decoded(column: Any) -> Any:
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    return pc.run_end_decode(column) if pa.types.is_run_end_encoded(column.type) else column


def _text(column: Any) -> Any:
    """Text of any storage as one type; JSON may be longer than one array of 32-bit offsets holds, a block is not."""
    if is_text(column.type) and not pa.types.is_null(column.type):
        return column.cast(pa.string())
    return column


def _numbers(column: Any) -> Any:
    """Numbers that were stored as text, each distinct one read once."""
    encoded = column.dictionary_encode()
    values = [_number(text) for text in encoded.dictionary.to_pylist()]
    places = encoded.indices.to_numpy(zero_copy_only=False)
    known = np.array([*values, math.nan])
    absent = column.is_null().to_numpy(zero_copy_only=False)
    return pa.array(known[np.where(absent, len(values), np.nan_to_num(places)).astype(np.int64)])


def _number(text: str) -> float:
    if text.strip().lower() in EMPTY:
        return math.nan
    try:
        return float(text)
    except ValueError as error:
        comma = _COMMA if "," in text else ""
        raise DataSetError(f"holds the text {text[:60]!r}, expected a number{comma}") from error


def _lists(column: Any) -> Any:
    """Lists that lie anywhere in their values as lists that follow one another."""
    lengths = np.nan_to_num(pc.list_value_length(column).to_numpy(zero_copy_only=False)).astype(np.int64)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, column.flatten(), mask=column.is_null())
