"""Columns of a data set that are read: their accepted spellings and types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import DataSetError, nearest
from ...schema import INPUT_PREFIX, SCALARS

TIME, VOLTAGE, CURRENT = CYCLE_FIELDS = ("Time_h", "Voltage_V", "Current_A")
"""Members of ``cycle_first``, as struct fields or JSON keys."""


@dataclass(frozen=True)
class ColumnType:
    """Accepted type of a column, in words and as a test of its Arrow type."""

    words: str
    admits: Callable[[Any], bool]


def plain_type(kind: Any) -> Any:
    """The Arrow type of the values themselves: out of dictionaries and runs, text of any storage as text."""
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind


def _is_number(kind: Any) -> bool:
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(plain_type(kind)) for test in numbers) or is_text(kind)


def is_text(kind: Any) -> bool:
    """Whether a column of this Arrow type holds text, however it is stored, or nothing at all."""
    kind = plain_type(kind)
    tests = (
        pa.types.is_string,
        pa.types.is_null,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
    )
    return any(test(kind) for test in tests)


def _is_key(kind: Any) -> bool:
    return not pa.types.is_nested(plain_type(kind))


def is_list(kind: Any) -> bool:
    """Whether a column of this Arrow type holds lists, however they are stored."""
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, is_view)
    return any(test(kind) for test in lists)


def is_view(kind: Any) -> bool:
    """Whether lists of this Arrow type are stored with an offset and a length each."""
    return bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))


def _is_list_of_numbers(kind: Any) -> bool:
    return is_text(kind) or (is_list(kind) and _is_number(kind.value_type) and not pa.types.is_string(kind.value_type))


def _is_cycle(kind: Any) -> bool:
    if not pa.types.is_struct(kind):
        return is_text(kind)
    members = {member.name: member.type for member in kind}
    return all(name in members and _is_list_of_numbers(members[name]) for name in CYCLE_FIELDS)


_ANOTHER_KIND = 5
"""Missing columns from which on a table is probably none of the built-in contract at all."""
NUMBER = ColumnType("numbers", _is_number)
TEXT = ColumnType("text", is_text)
KEY = ColumnType("plain values such as integers or text", _is_key)
LIST = ColumnType("lists of numbers, or the same as JSON text", _is_list_of_numbers)
CYCLE = ColumnType(f"structs of lists of numbers {', '.join(CYCLE_FIELDS)}, or the same as JSON text", _is_cycle)


@dataclass(frozen=True)
class ColumnSpec:
    """A column under the name that the code uses, with the spellings that files may use."""

    name: str
    form: ColumnType
    spellings: tuple[str, ...] = ()
    required: bool = False
    short: str | None = None
    """The name that is taken where none of the spellings is there."""

    @property
    def allowed(self) -> tuple[str, ...]:
        """The spellings that a file may use."""
        return self.spellings or (self.name,)


WANTED: tuple[ColumnSpec, ...] = (
    ColumnSpec("filename", TEXT, required=True),
    ColumnSpec("sample_id", KEY),
    ColumnSpec("param_id", KEY),
    ColumnSpec("status", TEXT),
    *(
        ColumnSpec(item.column, NUMBER, (item.column, INPUT_PREFIX + item.column), required=True, short=item.name)
        for item in SCALARS
    ),
    *(
        ColumnSpec(name, NUMBER)
        for name in ("tau_factor", "porosity", "porosity_measured", "D_eff", "bruggeman_derived")
    ),
    ColumnSpec("capacity_trend_cycles", LIST),
    ColumnSpec("capacity_trend_ah", LIST),
    ColumnSpec("cycle_first", CYCLE),
)


def required_keys(names: Iterable[str]) -> tuple[ColumnSpec, ...]:
    """Further columns that a user names, to be kept as they are."""
    known = {wanted.name for wanted in WANTED}
    return tuple(ColumnSpec(name, KEY, required=True) for name in dict.fromkeys(names) if name not in known)


def locate(
    schema: Any, path: Path, partitions: Iterable[str], wanted: tuple[ColumnSpec, ...] = WANTED
) -> Mapping[str, str]:
    """The spelling in the file (an Arrow schema) of each wanted column that it has.

    A required column may also come from the names of the folders (``partitions``). Raises
    DataSetError naming the file and the columns that are missing, doubled or of another form.
    """
    counts = Counter(schema.names)
    found: dict[str, str] = {}
    missing: list[ColumnSpec] = []
    for item in wanted:
        present = [name for name in item.allowed for _ in range(counts[name])]
        present = present or [item.short] * counts[item.short] if item.short else present
        if len(present) > 1:
            columns = " and ".join(map(repr, present))
            raise DataSetError(
                f"{path}: the column {item.name!r} is there {len(present)} times, as {columns}; expected once"
            )
        if present:
            found[item.name] = present[0]
            _check_form(item, present[0], schema.field(present[0]).type, path)
        elif item.required and not set(item.allowed) & set(partitions):
            missing.append(item)
    if missing:
        raise DataSetError(_missing(path, missing, schema.names))
    return found


def _check_form(item: ColumnSpec, column: str, kind: Any, path: Path) -> None:
    if not item.form.admits(kind):
        raise DataSetError(f"{path}: the column {column!r} holds {_short(str(kind))}, expected {item.form.words}")


def _missing(path: Path, missing: list[ColumnSpec], names: list[str]) -> str:
    lines = []
    for item in missing:
        near = nearest(item.name, names, cutoff=0.75)
        hint = f" (the file has {near!r})" if near else ""
        names_of_it = (*item.allowed, item.short) if item.short else item.allowed
        lines.append(f"  {' or '.join(map(repr, names_of_it))}{hint}")
    plural = "s are" if len(missing) > 1 else " is"
    if len(missing) >= _ANOTHER_KIND:
        lines.append(
            "a table of another kind? 'poregrove init' writes a contract of its own inputs and targets for --contract"
        )
    return f"{path}: {len(missing)} required column{plural} missing; expected\n" + "\n".join(lines)


def _short(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else text[:limit] + "…"
