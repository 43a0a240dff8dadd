"""Groups of columns that several checks look at: their names, and how a query writes them."""

from __future__ import annotations

from collections.abc import Sequence

from ...schema import BUILT_IN, Contract

SOLID_WALL = "status == 'ok' and percolates == False"
"""Condition over volumes: read, and without a pore path from face to face of axis 0."""


def scalars_of(contract: Contract) -> list[str]:
    """Columns of the scalars in ``rows``."""
    return list(contract.scalar_columns)


def cell_targets_of(contract: Contract) -> list[str]:
    """The targets of a cell that count in an overall score."""
    return [target.name for target in contract.weighted if not target.volume_only]


def volume_targets_of(contract: Contract) -> list[str]:
    """The targets of a volume that count in an overall score."""
    return [target.name for target in contract.weighted if target.volume_only]


def columns_query(table: str, names: Sequence[str], contract: Contract = BUILT_IN) -> str:
    """Some columns of a table as a query writes them; those of the built-in contract stand side by side."""
    if contract.built_in:
        return f'{table}.loc[:, "{names[0]}":"{names[-1]}"]'
    return f"{table}[{list(names)!r}]"
