"""The page of degenerate volumes: the value of every descriptor where there is hardly anything to describe."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ...features import ColumnInfo, describe, descriptors
from ...features.description import DEFAULT_TIERS
from ..runs.markdown import table

_ROUNDING = 1e-12
_ROW = np.array([1, 1, 0, 1, 1, 1, 0, 0], bool)
CASES: Mapping[str, tuple[str, NDArray[np.bool_]]] = {
    "all pore": ("4 x 4 x 4, every voxel pore", np.ones((4, 4, 4), bool)),
    "all solid": ("4 x 4 x 4, every voxel solid", np.zeros((4, 4, 4), bool)),
    "one layer": ("1 x 4 x 8, each row `11011100`: one voxel thick along z", np.tile(_ROW, (1, 4, 1))),
    "one row": ("1 x 1 x 8, `11011100`", _ROW.reshape(1, 1, 8)),
    "no path": (
        "6 x 4 x 4, two solid layers across z between two pore layers on each side",
        np.repeat([True, False, True], 2).reshape(6, 1, 1) & np.ones((6, 4, 4), bool),
    ),
    "checkerboard": ("4 x 4 x 4, pore where z + y + x is even", np.indices((4, 4, 4)).sum(axis=0) % 2 == 0),
    "2 x 2 x 2": ("`10/00` over `11/01`: four pores in a chain", np.array([[[1, 0], [0, 0]], [[1, 1], [0, 1]]], bool)),
}
"""Degenerate volumes by their heads in the tables: a description and the pore mask."""


def degenerate_page() -> str:
    """The defined row of each degenerate volume, and why a value is NaN."""
    rows = {name: describe(volume, device="cpu") for name, (_, volume) in CASES.items()}
    lines = [
        "# Degenerate volumes",
        "",
        "No volume is refused for being dull. These are the rows of both standard tiers, lengths in voxels; `–` is",
        "NaN, and the last column says when a value is that. Axes along which a quantity is the same in every case",
        "share a row.",
        "",
        *table(("case", "volume"), ((name, text) for name, (text, _) in CASES.items())),
        "",
    ]
    for family, columns in groupby(descriptors(DEFAULT_TIERS), key=lambda column: column.family):
        lines += [f"## {family.replace('_', ' ')}", ""]
        lines += [*table(("quantity", "axes", *CASES, "NaN where"), _rows(list(columns), rows)), ""]
    return "\n".join(lines)


def _rows(columns: Sequence[ColumnInfo], values: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, ...]]:
    """One row for each quantity and the axes along which it has the same values."""
    groups: dict[tuple[str, ...], list[ColumnInfo]] = {}
    for column in columns:
        stem = column.name.removesuffix(f"_{column.axis}")
        together = "" if column.axis else "-"
        key = (stem, together, *(_number(row[column.name]) for row in values.values()))
        groups.setdefault(key, []).append(column)
    for (stem, together, *cells), members in groups.items():
        axes = together or ", ".join(str(column.axis) for column in members)
        why = members[0].undefined if "–" in cells else ""
        if len(members) > 1:
            why = re.sub(r"(the )?\b[zyx]\b( axis)?", "the axis", why)
        yield (f"`{stem}`", axes, *cells, why)


def _number(value: float) -> str:
    # what rounding leaves of a zero is a zero
    return "–" if math.isnan(value) else f"{0.0 if abs(value) < _ROUNDING else value:.4g}"
