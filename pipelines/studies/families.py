"""Families of columns: those of the descriptors as they declare them, the scalars, and the physics features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...errors import ModelError
from ...models.base import Columns, Rows

SCALARS, JOINED = "scalars", "physics"


def declared_families() -> Mapping[str, str]:
    """Family of each descriptor column."""
    from ...features import descriptors

    return {info.name: info.family for info in descriptors()}


def family_of_each(columns: Columns, families: Mapping[str, str]) -> tuple[str, ...]:
    """The family of every column of a joined matrix, in its order; an undeclared descriptor is its own."""
    return (
        *(families.get(name, name) for name in columns.descriptors),
        *(SCALARS for _ in columns.designs),
        *(JOINED for _ in columns.joined),
    )


def families_present(columns: Columns, families: Mapping[str, str]) -> tuple[str, ...]:
    """The families that have a column, each once, in the order of the matrix; none where there is but one."""
    found = tuple(dict.fromkeys(family_of_each(columns, families)))
    return found if len(found) > 1 else ()


def without(rows: Rows, family: str, families: Mapping[str, str]) -> Rows:
    """The rows without the columns of a family; ModelError where none would be left."""
    columns = rows.columns
    keep = [families.get(name, name) != family for name in columns.descriptors]
    names = (
        tuple(name for name, kept in zip(columns.descriptors, keep, strict=True) if kept),
        () if family == SCALARS else columns.designs,
        () if family == JOINED else columns.joined,
    )
    left = Columns.marked(*names, log=columns.log, categories=columns.categories)
    if not left.names:
        raise ModelError(f"without {family} there is no column to learn from")
    return replace(
        rows,
        descriptors=rows.descriptors[:, keep],
        designs=rows.designs[:, : len(left.designs)],
        columns=left,
        joined=rows.joined if left.joined else None,
        _prepared={},
    )
