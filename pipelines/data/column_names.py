"""Meaning of a column's name: its unit, words for people, whether it is a result, whether it is bookkeeping."""

from __future__ import annotations

import re

TARGET_PREFIXES = ("res_", "result_", "results_", "target_", "targets_", "out_", "output_", "y_")
"""Beginnings of columns that hold results."""
_BRACKETS = re.compile(r"\s*[\[(]([^\])]*)[\])]\s*$")
_UNITS = {
    "um": "um",
    "micron": "um",
    "nm": "nm",
    "mm": "mm",
    "mAhcm2": "mAh.cm-2",
    "mOhm_cm2": "mOhm.cm2",
    "ohm_cm2": "ohm.cm2",
    "m2s": "m2.s-1",
    "pct_per_cycle": "%/cycle",
    "pct": "%",
    "percent": "%",
    "degC": "degC",
    "mAh": "mAh",
    "mOhm": "mOhm",
    "GPa": "GPa",
    "kPa": "kPa",
    "MPa": "MPa",
    "Pa": "Pa",
    "mV": "mV",
    "Ah": "Ah",
    "Hz": "Hz",
    "kN": "kN",
    "Wh": "Wh",
    "mA": "mA",
    "K": "K",
    "V": "V",
    "A": "A",
    "s": "s",
    "h": "h",
    "N": "N",
    "m": "m",
}
"""Endings of a name, behind an underscore, by the unit that they stand for; the longest that fits counts."""
_SHORTEST_INSIDE = 5
"""Letters that a unit has at least to be looked for inside a name."""
_BOOKKEEPING = frozenset(
    [
        "rank",
        "seed",
        "seeds",
        "index",
        "idx",
        "row",
        "rows",
        "args",
        "arguments",
        "host",
        "hostname",
        "node",
        "worker",
        "path",
        "folder",
        "file",
        "date",
        "time",
        "timestamp",
        "created",
        "started",
        "finished",
        "version",
        "commit",
        "hash",
        "digest",
        "uuid",
        "guid",
        "notes",
        "note",
        "comment",
        "comments",
        "runtime",
        "duration",
    ]
)


def unit_of(column: str) -> str:
    """The unit in brackets or behind the last underscore; ``-`` where the name has none."""
    if (found := _BRACKETS.search(column)) and found.group(1).strip():
        return found.group(1).strip()
    ending = _ending(column)
    return "-" if ending is None else _UNITS[ending[1]]


def label_of(column: str) -> str:
    """Words for people: the name without its unit and without the beginning that says that it is a result."""
    name = _BRACKETS.sub("", column)
    if (found := _ending(name)) is not None:
        name = name.replace(f"_{found[0]}", "", 1) if f"_{found[0]}_" in name else name.removesuffix(f"_{found[0]}")
    prefix = next((prefix for prefix in TARGET_PREFIXES if name.lower().startswith(prefix)), "")
    words = re.sub(r"[\s_]+", " ", name[len(prefix) :]).strip() or column
    return words[:1].upper() + words[1:]


def _ending(column: str) -> tuple[str, str] | None:
    """A unit in a name as it stands there and as it is written in ``_UNITS``; None where there is none.

    Of a letter its case must be right, for k and K differ; longer ones may be written small, as in ``_mpa``.
    """
    for ending in sorted(_UNITS, key=len, reverse=True):
        for written in (ending, *([ending.lower()] if len(ending) > 1 else [])):
            inside = len(ending) >= _SHORTEST_INSIDE and f"_{written}_" in column
            if inside or column.endswith(f"_{written}"):
                return written, ending
    return None


def identifier(column: str) -> str:
    """A name for a column: letters, digits and single underscores, without the unit in brackets."""
    name = re.sub(r"\W+", "_", _BRACKETS.sub("", column), flags=re.ASCII).strip("_").lower()
    return name if name[:1].isalpha() else f"x_{name}"


def is_result(column: str) -> bool:
    """Whether a name begins as those of results do."""
    return column.lower().startswith(TARGET_PREFIXES)


def is_bookkeeping(column: str) -> bool:
    """Whether a name says that a column is about the computation and not about the cell."""
    words = set(re.split(r"[\W_]+", column.lower()))
    return bool(words & _BOOKKEEPING)


def says(column: str, *words: str) -> bool:
    """Whether a name holds one of some words."""
    return bool(set(re.split(r"[\W_\d]+", column.lower())) & set(words))
